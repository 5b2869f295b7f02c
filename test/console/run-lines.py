"""Command lines of the AWS CLI, by the CLI itself, in one process: it takes long to start.

Takes a mode, and {args, stdin?} as a line of JSON each; answers a line of JSON each.
`params`: what the line makes of its arguments, the input of its call, which is not sent.
`run`: what the line prints, once the server of AWS_ENDPOINT_URL has answered.
"""
import base64
import contextlib
import io
import json
import os
import sys
import tempfile

from awscli.clidriver import create_clidriver


class Taken(BaseException):
    """Ends a command when its input is known."""


def to_json(value):
    if isinstance(value, (bytes, bytearray)):
        return base64.b64encode(value).decode()
    if hasattr(value, "read"):
        return to_json(value.read())
    return str(value)


driver = create_clidriver()  # one for all lines: models are read once
taken = []


def take(params, **_):
    taken.append(json.loads(json.dumps(params, default=to_json)))
    raise Taken()


def run(line):
    taken.clear()
    args = list(line["args"])
    with tempfile.TemporaryDirectory() as directory:
        if line.get("stdin") is not None:
            path = f"{directory}/stdin"
            with open(path, "wb") as file:
                file.write(base64.b64decode(line["stdin"]))
            args = [arg.replace("/dev/stdin", path) for arg in args]
        outfile = f"{directory}/out"
        args = [outfile if arg == "/dev/stdout" else arg for arg in args]
        out, err = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            try:
                code = driver.main(args)
            except Taken:
                code = 0
            except SystemExit as exit_:
                code = exit_.code
        if taken:
            return {"params": taken[0]}
        if code:
            return {"error": (err.getvalue() + out.getvalue()).strip()[-500:]}
        written = ""
        with contextlib.suppress(FileNotFoundError):
            with open(outfile, encoding="utf-8") as file:
                written = file.read()
        return {"output": out.getvalue(), "written": written}


def main():
    if sys.argv[1] == "params":
        driver.session.register("provide-client-params.*.*", take)
    answers = os.fdopen(os.dup(1), "w")  # whatever a line prints goes elsewhere
    for text in sys.stdin:
        line = json.loads(text)
        if sys.argv[1] == "run":  # a CLI that is too old does not read it by itself
            line["args"][:0] = ["--endpoint-url", os.environ["AWS_ENDPOINT_URL"]]
        print(json.dumps(run(line)), file=answers, flush=True)


main()
