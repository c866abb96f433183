"""Builders of the objects a user writes: containers, probes, volumes. Plain dictionaries in the API's own spelling."""


def probe(http=None, port=None, tcp=None, command=None, delay=0, period=10, timeout=1, failures=3, scheme="HTTP"):
    spec = {"periodSeconds": period, "timeoutSeconds": timeout, "successThreshold": 1, "failureThreshold": failures}
    if delay:
        spec["initialDelaySeconds"] = delay
    if http:
        spec["httpGet"] = {"path": http, "port": port, "scheme": scheme}
    elif tcp:
        spec["tcpSocket"] = {"port": tcp}
    else:
        spec["exec"] = {"command": command}
    return spec


def env(name, value):
    return {"name": name, "value": value}


def env_secret(name, secret, key, optional=None):
    ref = {"name": secret, "key": key}
    if optional is not None:
        ref["optional"] = optional
    return {"name": name, "valueFrom": {"secretKeyRef": ref}}


def env_config(name, config_map, key):
    return {"name": name, "valueFrom": {"configMapKeyRef": {"name": config_map, "key": key}}}


def mount(name, path, read_only=False, sub_path=None):
    spec = {"name": name, "mountPath": path}
    if read_only:
        spec["readOnly"] = True
    if sub_path:
        spec["subPath"] = sub_path
    return spec


def volume_config(name, config_map, mode=0o644):
    return {"name": name, "configMap": {"name": config_map, "defaultMode": mode}}


def volume_secret(name, secret):
    return {"name": name, "secret": {"secretName": secret, "defaultMode": 0o644}}


def volume_empty(name):
    return {"name": name, "emptyDir": {}}


def volume_claim(name, claim):
    return {"name": name, "persistentVolumeClaim": {"claimName": claim}}


def volume_nfs(name, server, path):
    return {"name": name, "nfs": {"server": server, "path": path}}


def container(name, image, port=None, port_name=None, command=None, args=None, env=(), env_from=(), cpu=None, memory=None,
              cpu_limit=None, memory_limit=None, liveness=None, readiness=None, startup=None, mounts=(), security=None,
              lifecycle=None, pull_policy=None):  # fmt: skip
    requests = {key: value for key, value in (("cpu", cpu), ("memory", memory)) if value}
    limits = {key: value for key, value in (("cpu", cpu_limit), ("memory", memory_limit)) if value}
    for key, value in limits.items():
        requests.setdefault(key, value)
    resources = {key: value for key, value in (("limits", limits), ("requests", requests)) if value}
    tag = image.rsplit("/", 1)[-1]
    latest = ("@" not in image) and (":" not in tag or tag.endswith(":latest"))
    spec = {
        "name": name,
        "image": image,
        "imagePullPolicy": pull_policy or ("Always" if latest else "IfNotPresent"),
        "resources": resources,
        "terminationMessagePath": "/dev/termination-log",
        "terminationMessagePolicy": "File",
        "volumeMounts": list(mounts),
    }
    if port:
        spec["ports"] = [{"containerPort": port, "protocol": "TCP"}]
        if port_name:
            spec["ports"][0]["name"] = port_name
    optional = {
        "command": command, "args": args, "env": list(env), "envFrom": list(env_from), "livenessProbe": liveness,
        "readinessProbe": readiness, "startupProbe": startup, "securityContext": security, "lifecycle": lifecycle,
    }  # fmt: skip
    spec.update({key: value for key, value in optional.items() if value})
    return spec


def millicores(quantity):
    return int(quantity[:-1]) if quantity.endswith("m") else int(float(quantity) * 1000)


def mebibytes(quantity):
    for unit, factor in (("Ki", 1 / 1024), ("Mi", 1), ("Gi", 1024)):
        if quantity.endswith(unit):
            return int(float(quantity[:-2]) * factor)
    raise ValueError(quantity)
