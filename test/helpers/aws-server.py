"""The aws command line, read once: each command that asks at the socket is a copy of this process, with the asker's arguments,
environment, directory, and streams. Reading programs and models is four fifths of what a command costs.

usage: aws-server.py SOCKET   ends when its standard input does
"""
import json
import os
import socket
import sys
import threading
import traceback

import awscli.clidriver
import awscli.handlers  # otherwise read with the first command
from botocore.loaders import JSONFileLoader

read = JSONFileLoader.load_file
models = {}


def read_once(self, path):
    if path not in models:
        models[path] = read(self, path)
    return models[path]


def warm_up():
    """A command that finds no server: what it read is there for all others."""
    os.environ.update(AWS_ACCESS_KEY_ID="-", AWS_SECRET_ACCESS_KEY="-", AWS_MAX_ATTEMPTS="1")
    sys.argv = ["aws", "--region=-", "--endpoint-url=http://127.0.0.1:9", "iot", "list-things"]
    stderr = sys.stderr
    with open(os.devnull, "w") as sys.stderr:
        awscli.clidriver.main()
    sys.stderr = stderr


def run(request, streams):
    """In the copy."""
    data_path = os.environ["AWS_DATA_PATH"]  # which awscli sets when it is imported
    os.environ.clear()
    os.environ.update(request["env"])
    os.environ["AWS_DATA_PATH"] = data_path
    os.chdir(request["cwd"])
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
    sys.argv = ["aws", *request["args"]]
    try:
        code = awscli.clidriver.main()
    except SystemExit as end:
        code = end.code
    except BaseException:
        traceback.print_exc()
        code = 255
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code or 0)


def answer(connection, listener):
    data, streams, _, _ = socket.recv_fds(connection, 1 << 20, 3)
    while not data.endswith(b"\n"):
        data += connection.recv(1 << 20)
    pid = os.fork()
    if pid == 0:
        listener.close()
        run(json.loads(data), streams)
    for stream in streams:
        os.close(stream)

    def wait():
        connection.sendall(bytes([os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) & 255]))
        connection.close()

    threading.Thread(target=wait, daemon=True).start()


def main(path):
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(path)
    listener.listen(64)
    JSONFileLoader.load_file = read_once
    warm_up()

    def end_with_input():
        sys.stdin.read()
        os._exit(0)

    threading.Thread(target=end_with_input, daemon=True).start()
    while True:
        answer(listener.accept()[0], listener)


main(sys.argv[1])
