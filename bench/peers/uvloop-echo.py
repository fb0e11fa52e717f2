"""Echo server on uvloop, as a Protocol: callbacks are its fastest interface, well ahead of streams."""

import asyncio
import signal
import sys

import uvloop


class Echo(asyncio.Protocol):
    def connection_made(self, transport):
        self.transport = transport  # uvloop has set TCP_NODELAY

    def data_received(self, data):
        self.transport.write(data)

    # The transport's buffer of unsent bytes is full: take no more until the peer has read some.
    def pause_writing(self):
        self.transport.pause_reading()

    def resume_writing(self):
        self.transport.resume_reading()

    # eof_received is left as it is: the transport sends what is buffered, then closes.


async def main(port):
    loop = asyncio.get_running_loop()
    terminated = loop.create_future()
    loop.add_signal_handler(signal.SIGTERM, terminated.set_result, None)
    await loop.create_server(Echo, "127.0.0.1", port, reuse_address=True, backlog=4096)
    print(f"listening {port}", flush=True)
    await terminated


uvloop.run(main(int(sys.argv[1])))
