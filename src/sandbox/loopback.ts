/** Names of this machine, as a URL has them. */
export const loopback: readonly string[] = ['127.0.0.1', '[::1]', 'localhost']
