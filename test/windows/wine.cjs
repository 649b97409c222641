// Wine 8 knows no TCP_KEEPIDLE, and Node then refuses the connection. Windows has it since 10.
const { TCP } = process.binding('tcp_wrap')
TCP.prototype.setKeepAlive = () => 0
