"""Command lines of the AWS CLI, by the CLI itself, in one process: it takes two seconds to start.

Takes a JSON list of {args, stdin?} and a mode; answers a JSON list, one for each.
`params`: what the line makes of its arguments, the input of its call, which is not sent.
`run`: what the line prints.
"""
import base64
import contextlib
import io
import json
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
    json.dump([run(line) for line in json.load(sys.stdin)], sys.__stdout__)


main()
