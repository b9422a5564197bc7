//! What servers in containers do.

/// `serve.py NAME PORT`: answers each line of a connection, and each datagram, with its name, the address
/// that it sees the client under, and what was sent. `sleep SECONDS` is answered that much later;
/// so that what is under way comes to its end, TERM is obeyed a while later too.
pub(crate) const SCRIPT: &str = r#"
import os, signal, socketserver, sys, threading, time

NAME, PORT = sys.argv[1], int(sys.argv[2])

class Line(socketserver.StreamRequestHandler):
    def handle(self):
        for line in self.rfile:
            words = line.split()
            if words[:1] == [b"sleep"]:
                time.sleep(float(words[1]))
            self.wfile.write(f"{NAME} {self.client_address[0]} ".encode() + line)

class Datagram(socketserver.BaseRequestHandler):
    def handle(self):
        data, server = self.request
        server.sendto(f"{NAME} {self.client_address[0]} ".encode() + data, self.client_address)

class Tcp(socketserver.ThreadingTCPServer):
    allow_reuse_address, daemon_threads, request_queue_size = True, True, 1024

signal.signal(signal.SIGTERM, lambda *_: threading.Timer(0.3, os._exit, [0]).start())
threading.Thread(target=socketserver.UDPServer(("", PORT), Datagram).serve_forever, daemon=True).start()
Tcp(("", PORT), Line).serve_forever()
"#;
