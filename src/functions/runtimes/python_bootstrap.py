"""Runs inside an execution environment: loads the function's handler and works off events through the Lambda Runtime API.

Source: AWS Lambda Developer Guide, "Define Lambda function handler in Python".
"""
import base64
import http.client
import importlib
import json
import logging
import os
import sys
import time
import traceback

ADDRESS, _, SECRET_PATH = os.environ["AWS_LAMBDA_RUNTIME_API"].partition("/")
API = ("/" + SECRET_PATH if SECRET_PATH else "") + "/2018-06-01/runtime"
# Messages that may have several lines go here, as JSON, one a line.
LOG_DESCRIPTOR = 3


def call(method, path, body=None):
    connection = http.client.HTTPConnection(ADDRESS)
    connection.request(method, API + path, body, {"Content-Type": "application/json"})
    response = connection.getresponse()
    payload = response.read()
    connection.close()
    return response, payload


def write_log(message):
    line = (json.dumps(message) + "\n").encode()
    while line:
        line = line[os.write(LOG_DESCRIPTOR, line):]


class LogHandler(logging.Handler):
    def emit(self, record):
        write_log(self.format(record))


class RequestIdFilter(logging.Filter):
    request_id = ""

    def filter(self, record):
        record.aws_request_id = RequestIdFilter.request_id
        return True


class Context:
    def __init__(self, headers):
        self._deadline_ms = int(headers["Lambda-Runtime-Deadline-Ms"])
        self.aws_request_id = headers["Lambda-Runtime-Aws-Request-Id"]
        self.invoked_function_arn = headers["Lambda-Runtime-Invoked-Function-Arn"]
        self.function_name = os.environ["AWS_LAMBDA_FUNCTION_NAME"]
        self.function_version = os.environ["AWS_LAMBDA_FUNCTION_VERSION"]
        self.memory_limit_in_mb = os.environ["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"]
        self.log_group_name = os.environ["AWS_LAMBDA_LOG_GROUP_NAME"]
        self.log_stream_name = os.environ["AWS_LAMBDA_LOG_STREAM_NAME"]
        self.identity = None
        client_context = headers["Lambda-Runtime-Client-Context"]
        self.client_context = json.loads(base64.b64decode(client_context)) if client_context else None

    def get_remaining_time_in_millis(self):
        return max(0, self._deadline_ms - int(time.time() * 1000))


def describe(error):
    lines = traceback.format_tb(error.__traceback__)
    own = [line for line in lines if __file__ not in line and "importlib" not in line]
    return {
        "errorMessage": str(error),
        "errorType": type(error).__name__,
        "stackTrace": own,
    }


def report(error, description, path):
    trace = "\n".join(["Traceback (most recent call last):"] + description.get("stackTrace", []))
    write_log("[ERROR] %s: %s\n%s" % (description["errorType"], description["errorMessage"], trace))
    call("POST", path, json.dumps(description))


class HandlerError(Exception):
    """Why there is no handler; named as Lambda names it."""

    def __init__(self, error_type, message):
        super().__init__(message)
        self.error_type = error_type


def load_handler(name):
    module_name, dot, function_name = name.rpartition(".")
    if not dot:
        raise HandlerError("Runtime.MalformedHandlerName", "Bad handler '%s': not enough values to unpack" % name)
    try:
        module = importlib.import_module(module_name.replace("/", "."))
    except ImportError as error:
        raise HandlerError("Runtime.ImportModuleError", "Unable to import module '%s': %s" % (module_name, error))
    except SyntaxError as error:
        raise HandlerError("Runtime.UserCodeSyntaxError", "Syntax error in module '%s': %s" % (module_name, error))
    if not hasattr(module, function_name):
        raise HandlerError("Runtime.HandlerNotFound", "Handler '%s' missing on module '%s'" % (function_name, module_name))
    return getattr(module, function_name)


def work_off(handler):
    response, payload = call("GET", "/invocation/next")
    request_id = response.headers["Lambda-Runtime-Aws-Request-Id"]
    RequestIdFilter.request_id = request_id
    try:
        result = json.dumps(handler(json.loads(payload), Context(response.headers)))
    except Exception as error:
        sys.stdout.flush()
        report(error, describe(error), "/invocation/%s/error" % request_id)
        return
    sys.stdout.flush()
    call("POST", "/invocation/%s/response" % request_id, result)


def main():
    sys.path.insert(0, os.environ["LAMBDA_TASK_ROOT"])
    log_handler = LogHandler()
    log_handler.setFormatter(logging.Formatter(
        "[%(levelname)s]\t%(asctime)s.%(msecs)03dZ\t%(aws_request_id)s\t%(message)s", "%Y-%m-%dT%H:%M:%S"))
    log_handler.formatter.converter = time.gmtime
    log_handler.addFilter(RequestIdFilter())
    logging.getLogger().addHandler(log_handler)
    try:
        handler = load_handler(os.environ["_HANDLER"])
    except Exception as error:
        description = describe(error)
        if isinstance(error, HandlerError):
            description["errorType"] = error.error_type
        report(error, description, "/init/error")
        sys.exit(1)
    while True:
        work_off(handler)


main()
