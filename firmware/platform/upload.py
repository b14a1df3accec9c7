"""Load an ELF into an emulator through its GDB stub, reset it and let it run.

usage: upload.py PORT ELF, where PORT is the path of a Unix socket or HOST:PORT
"""

import socket
import struct
import sys
from pathlib import Path

CHUNK_BYTES = 1024
TIMEOUT_S = 30


class Stub:
    """GDB's remote serial protocol, as much of it as loading needs."""

    def __init__(self, port):
        if "/" in port:
            self.line = socket.socket(socket.AF_UNIX)
            address = port
        else:
            self.line = socket.socket()
            host, _, number = port.rpartition(":")
            address = (host or "127.0.0.1", int(number))
        self.line.settimeout(TIMEOUT_S)
        self.line.connect(address)
        self.stream = self.line.makefile("rb")

    def send(self, body):
        self.line.sendall(b"$%b#%02x" % (body, sum(body) % 256))

    def receive(self):
        while (start := self.stream.read(1)) != b"$":
            if not start:
                sys.exit("the emulator closed its GDB connection")
        body = b""
        while (byte := self.stream.read(1)) != b"#":
            if not byte:
                sys.exit("the emulator closed its GDB connection")
            body += byte
        self.stream.read(2)
        self.line.sendall(b"+")
        return body

    def command(self, body):
        """The answer to `body`; reports that the processor stopped are passed over."""
        self.send(body)
        while (answer := self.receive())[:1] in (b"T", b"S"):
            pass
        return answer

    def monitor(self, text):
        self.send(b"qRcmd," + text.encode().hex().encode())
        while (answer := self.receive()) != b"OK":
            if answer[:1] != b"O":
                sys.exit(f"the emulator refused {text!r}: {answer.decode()}")


def segments(elf):
    """(load address, bytes) of each loadable segment of a 32-bit little-endian ELF."""
    if elf[:6] != b"\x7fELF\x01\x01":
        sys.exit("not a 32-bit little-endian ELF")
    (table,) = struct.unpack_from("<I", elf, 28)
    size, count = struct.unpack_from("<HH", elf, 42)
    for index in range(count):
        kind, offset, _, address, length = struct.unpack_from("<5I", elf, table + index * size)
        if kind == 1 and length:
            yield address, elf[offset : offset + length]


def main(port, path):
    stub = Stub(port)
    stub.send(b"?")
    stub.receive()
    total = 0
    for address, data in segments(Path(path).read_bytes()):
        for start in range(0, len(data), CHUNK_BYTES):
            chunk = data[start : start + CHUNK_BYTES]
            written = b"M%x,%x:%b" % (address + start, len(chunk), chunk.hex().encode())
            if (answer := stub.command(written)) != b"OK":
                sys.exit(f"cannot write at {address + start:#x}: {answer.decode()}")
        total += len(data)
    stub.monitor("system_reset")
    stub.send(b"D")
    stub.receive()
    print(f"loaded {total} bytes")


if __name__ == "__main__":
    main(*sys.argv[1:])
