"""Drives Paho by lines of JSON: orders on standard input, reports on standard output."""
import json
import ssl
import sys
import tempfile
import threading

import paho.mqtt.client as paho
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

output = threading.Lock()
pending = {}
client = None
version = paho.MQTTv311


def report(**fields):
    with output:
        print(json.dumps(fields), flush=True)


def settle(key, error=None):
    order = pending.pop(key, None)
    if order is not None:
        report(id=order, **({"error": str(error)} if error else {}))


def file_of(text):
    file = tempfile.NamedTemporaryFile("w", suffix=".pem")
    file.write(text)
    file.flush()
    return file


def on_connect(_client, _userdata, _flags, code, properties=None):
    refused = code.is_failure if hasattr(code, "is_failure") else int(getattr(code, "value", code)) != 0
    settle("open", f"refused with {code}" if refused else None)


def on_disconnect(_client, _userdata, code, properties=None):
    settle("open", f"closed with {code}")
    settle("end")


def on_subscribe(_client, _userdata, mid, granted, properties=None):
    codes = [int(getattr(code, "value", code)) for code in granted]
    settle(("subscribe", mid), f"refused with {codes}" if codes[0] >= 0x80 else None)


def on_message(_client, _userdata, message):
    report(message={"topic": message.topic, "payload": message.payload.decode(), "retain": bool(message.retain)})


def open_client(order):
    global client, version
    version = order["version"]
    persistent = order["isPersistent"]
    clean = {} if version == paho.MQTTv5 else {"clean_session": not persistent}
    client = paho.Client(order["clientId"], protocol=version, **clean)
    files = [file_of(order[name]) for name in ("rootCa", "certificatePem", "privateKeyPem")]
    client.tls_set(files[0].name, files[1].name, files[2].name, tls_version=ssl.PROTOCOL_TLS_CLIENT)
    client.on_connect = on_connect
    client.on_disconnect = on_disconnect
    client.on_subscribe = on_subscribe
    client.on_publish = lambda _client, _userdata, mid: settle(("publish", mid))
    client.on_message = on_message
    if order.get("will"):
        client.will_set(order["will"]["topic"], order["will"]["payload"], qos=1)
    more = {}
    if version == paho.MQTTv5:
        more["clean_start"] = not persistent
        if persistent:
            more["properties"] = Properties(PacketTypes.CONNECT)
            more["properties"].SessionExpiryInterval = 3600
    pending["open"] = order["id"]
    client.connect(order["host"], order["port"], **more)
    client.loop_start()


def carry_out(order):
    if order["order"] == "open":
        open_client(order)
    elif order["order"] == "subscribe":
        with client._callback_mutex:  # so that the SUBACK is not reported before it is waited for
            _, mid = client.subscribe(order["filter"], qos=1)
            pending[("subscribe", mid)] = order["id"]
    elif order["order"] == "publish":
        info = client.publish(order["topic"], order["payload"], qos=order["qos"], retain=order["retain"])
        info.wait_for_publish()
        report(id=order["id"])
    elif order["order"] == "end":
        pending["end"] = order["id"]
        client.disconnect()


for line in sys.stdin:
    order = json.loads(line)
    try:
        carry_out(order)
    except Exception as error:  # whatever it is, the test hears of it
        report(id=order["id"], error=repr(error))
