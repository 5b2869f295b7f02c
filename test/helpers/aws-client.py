"""As `aws`: what it is given, and its streams, go to `aws-server.py`; ends as the command did.

usage: aws-client.py SOCKET ARGUMENT...
"""
import json
import os
import socket
import sys

server = socket.socket(socket.AF_UNIX)
server.connect(sys.argv[1])
request = json.dumps({"args": sys.argv[2:], "env": dict(os.environ), "cwd": os.getcwd()})
data = request.encode() + b"\n"
sent = socket.send_fds(server, [data[:1]], [0, 1, 2])
server.sendall(data[sent:])
code = server.recv(1)
sys.exit(code[0] if code else "the aws command line ended without a word")
