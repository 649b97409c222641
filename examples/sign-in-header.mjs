// Prints a SIGN-IN-WITH-X header for curl. The key comes from ZECCHINO_PRIVATE_KEY, the address of
// the API is the first argument, the chain the second: 84532 for the sandbox, 8453 for Venice.
import { randomBytes } from 'node:crypto'
import { privateKeyToAccount } from 'viem/accounts'

const [uri = 'http://127.0.0.1:4020/api/v1', chainId = '84532'] = process.argv.slice(2)
const account = privateKeyToAccount(process.env.ZECCHINO_PRIVATE_KEY)
const message = `${new URL(uri).host} wants you to sign in with your Ethereum account:
${account.address}

Sign in to Venice AI

URI: ${uri}
Version: 1
Chain ID: ${chainId}
Nonce: ${randomBytes(16).toString('hex')}
Issued At: ${new Date().toISOString()}`
const signature = await account.signMessage({ message })
const proof = { address: account.address, chainId: Number(chainId), message, signature }
console.log(`SIGN-IN-WITH-X: ${Buffer.from(JSON.stringify(proof)).toString('base64')}`)
