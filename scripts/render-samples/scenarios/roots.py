"""One root, several victims: what many workloads lean on is broken."""

import clock
from cluster import Cluster
from kubelet import Blocked, Run
from objects import container, env, mount, probe, volume_claim

from .common import go_service, nodes, root_ca
from .registry import scenario


@scenario("coredns-loop-names-do-not-resolve")
def coredns(name):
    """CoreDNS forwards to itself and leaves; two services in another namespace resolve nothing and leave as well."""
    c = Cluster(name, "2026-05-06T07:40:02Z", "v1.30.6", "1.30", ["kube-system", "parcel"])
    a, b = nodes(c, "kubeadm", {"prc-1": "10.120.0.4", "prc-2": "10.120.0.5"}, "210d")
    root_ca(c, "parcel", "210d")
    root_ca(c, "kube-system", "210d")
    c.config_map("kube-system", "coredns", "210d", {"Corefile": "..."})
    dns = c.service("kube-system", "kube-dns", "210d", 53, selector={"k8s-app": "kube-dns"})
    spec = container("coredns", "registry.k8s.io/coredns/coredns:v1.11.3", port=53, port_name="dns-tcp", args=["-conf", "/etc/coredns/Corefile"],
                     cpu="100m", memory="70Mi", memory_limit="170Mi", readiness=probe(http="/ready", port=8181))  # fmt: skip
    work = c.deployment("kube-system", "coredns", "210d", [spec], replicas=2, labels={"k8s-app": "kube-dns"}, changed="210d")
    broke = c.ago("41m20s")

    def loops(log):
        if log.index == 0:
            log.at(broke - log.start - 3)
        log.raw(".:53\n[INFO] plugin/reload: Running configuration SHA512 = 591cf328cccc12bc490481273e738df59329c62c0b729d94e8b61db9961c2fa5\nCoreDNS-1.11.3\nlinux/amd64, go1.21.11, a6338e9", 0.1)
        log.raw('[FATAL] plugin/loop: Loop (127.0.0.1:41675 -> :53) detected for zone ".", see https://coredns.io/plugins/loop#troubleshooting. Query: "HINFO 4547991504243258144.3688648895315093531."', 1.0)

    for node in (a, b):
        work.pod(node).live({"coredns": lambda index: Run(ends_at=broke, code=1, log=loops, ready_after=2) if index == 0
                             else Run(after=1.2, code=1, ready_after=None, log=loops)})  # fmt: skip

    def node_dies(log):
        log.pino(30, "labels 3.4.0", 0.8) if log.index else log.at(broke - log.start + 20)
        log.raw("node:internal/process/promises:394\n      triggerUncaughtException(err, true /* fromPromise */);\n      ^\n", 11)
        log.raw("Error: getaddrinfo EAI_AGAIN rates.parcel.svc.cluster.local\n    at GetAddrInfoReqWrap.onlookupall [as oncomplete] (node:dns:122:26) {\n  errno: -3001,\n  code: 'EAI_AGAIN',\n  syscall: 'getaddrinfo',\n  hostname: 'rates.parcel.svc.cluster.local'\n}\n\nNode.js v22.14.0")

    spec = container("labels", "registry.acme.io/parcel/labels:3.4.0", port=3000, cpu="100m", memory="128Mi", memory_limit="256Mi", env=[env("RATES_URL", "http://rates.parcel.svc.cluster.local:8080")])
    work = c.deployment("parcel", "labels", "120d", [spec], revision=12, changed="20d")
    work.pod(a).live({"labels": lambda index: Run(ends_at=broke + 34, code=1, log=node_dies, ready_after=2) if index == 0
                      else Run(after=12.1, code=1, ready_after=None, log=node_dies)})  # fmt: skip

    def go_dies(log):
        if log.index == 0:
            log.at(broke - log.start + 15)
        log.zap("info", "tracking starting", 0.1, version="2.0.1")
        log.zap("fatal", "cannot subscribe", 20, error=f"dial tcp: lookup queue.parcel.svc.cluster.local on {dns}:53: read udp 10.244.1.19:50211->{dns}:53: i/o timeout")

    spec = container("tracking", "registry.acme.io/parcel/tracking:2.0.1", port=8080, cpu="50m", memory="64Mi", memory_limit="128Mi")
    work = c.deployment("parcel", "tracking", "120d", [spec], revision=3, changed="44d")
    work.pod(b).live({"tracking": lambda index: Run(ends_at=broke + 41, code=1, log=go_dies, ready_after=1) if index == 0
                      else Run(after=20.2, code=1, ready_after=None, log=go_dies)})  # fmt: skip
    go_service(c, "parcel", "rates", [a, b], "120d", uptime="20d")
    c.service("parcel", "rates", "120d", 8080)
    return c


@scenario("registry-down-for-three-workloads")
def registry_down(name):
    """The registry refuses connections; a node was drained, and three workloads cannot pull on the other."""
    c = Cluster(name, "2026-02-19T03:12:44Z", "v1.31.5", "1.31", ["ticketing"])
    a, b = nodes(c, "kubeadm", {"tkt-a": "10.77.3.10", "tkt-b": "10.77.3.11"}, "300d")
    root_ca(c, "ticketing", "300d")
    for app, tag, port, created in (("seatmap", "6.2.0", 8080, "27m10s"), ("mailout", "1.9.4", 8081, "27m8s"), ("queue-entry", "4.0.0", 8082, "27m5s")):
        image = f"harbor.acme.example/ticketing/{app}:{tag}"
        c.service("ticketing", app, "300d", port)
        spec = container(app, image, port=port, cpu="50m", memory="64Mi", memory_limit="128Mi", readiness=probe(http="/readyz", port=port))
        work = c.deployment("ticketing", app, "300d", [spec], revision=8, changed="30d")
        said = f'failed to pull and unpack image "{image}": failed to resolve reference "{image}": failed to do request: Head "https://harbor.acme.example/v2/ticketing/{app}/manifests/{tag}": dial tcp 10.77.9.40:443: connect: connection refused'
        work.pod(b, created).live({app: Blocked("pull", said)})
    go_service(c, "ticketing", "venues", [a], "300d", uptime="30d")
    return c


@scenario("webhook-down-blocks-two-deployments")
def webhook_down(name):
    """The policy webhook's pod is killed at its memory limit; the API server refuses new pods of two deployments because of it."""
    c = Cluster(name, "2026-03-30T15:22:31Z", "v1.29.8", "1.29", ["guardrails", "ledger"])
    a, b = nodes(c, "kubeadm", {"ldg-1": "10.31.0.8", "ldg-2": "10.31.0.9"}, "160d")
    for namespace in ("guardrails", "ledger"):
        root_ca(c, namespace, "160d")
    ip = c.service("guardrails", "guardrails-webhook", "160d", 443, selector={"app": "guardrails"}, target=9443)
    spec = container("webhook", "registry.acme.io/platform/guardrails:0.14.0", port=9443, cpu="50m", memory="64Mi", memory_limit="96Mi",
                     readiness=probe(http="/readyz", port=8081))  # fmt: skip
    work = c.deployment("guardrails", "guardrails", "160d", [spec], revision=4, changed="33m")

    def loads(log):
        log.zap("info", "guardrails starting", 0.1, version="0.14.0")
        log.zap("info", "loading policies into memory", 0.6, count=48210)

    work.pod(a, "32m40s").live({"webhook": Run(after=6.5, code=137, reason="OOMKilled", ready_after=None, log=loads)}, usage={"webhook": ("210m", "95Mi")})
    for app, revision in (("postings", 19), ("statements", 7)):
        c.service("ledger", app, "160d", 8080)
        spec = container(app, f"registry.acme.io/ledger/{app}:{revision}.0.0", port=8080, cpu="50m", memory="64Mi", memory_limit="128Mi")
        work = c.deployment("ledger", app, "160d", [spec], replicas=1, revision=revision, changed="24m")
        said = f'Internal error occurred: failed calling webhook "pods.guardrails.acme.io": failed to call webhook: Post "https://guardrails-webhook.guardrails.svc:443/validate?timeout=10s": dial tcp {ip}:443: connect: connection refused'
        c.event(c.ref(work.parent), "Warning", "FailedCreate", f"Error creating: {said}", "replicaset-controller", work.made + 0.4, c.ago("3m12s"), 17, api="apps/v1")
        times = {"lastTransitionTime": "2026-03-30T14:58:32Z"}
        for obj in (work.obj, work.parent):
            obj["status"]["conditions"] = [{"type": "ReplicaFailure", "status": "True", "reason": "FailedCreate", "message": said, **times}]
    go_service(c, "ledger", "fx", [b], "160d", uptime="25d")
    return c


@scenario("database-outside-of-the-cluster")
def outside(name):
    """Three workloads leave because one database, which is no part of the cluster, refuses connections."""
    c = Cluster(name, "2026-01-09T22:05:50Z", "v1.32.3", "1.32", ["claims", "partners"])
    a, b = nodes(c, "kubeadm", {"ins-01": "10.14.8.2", "ins-02": "10.14.8.3"}, "90d")
    for namespace in ("claims", "partners"):
        root_ca(c, namespace, "90d")
    broke = c.ago("18m9s")

    def crash(lines):
        def log(log):
            if log.index == 0:
                log.at(broke - log.start + 4)
            lines(log)

        return log

    def intake(log):
        log.logrus("info", "intake 7.7.0", 0.1)
        log.logrus("fatal", "cannot open database", 3.0, error="dial tcp: dial tcp 10.200.4.18:1521: connect: connection refused", dsn="oracle-prod.corp.example:1521")

    def scoring(log):
        log.raw("Traceback (most recent call last):\n  File \"/app/main.py\", line 31, in <module>\n    pool = oracledb.create_pool(dsn=DSN)", 2.2)
        log.raw("ConnectionRefusedError: [Errno 111] Connect call failed ('10.200.4.18', 1521)")

    def export(log):
        log.pino(30, "partner export 1.1.6", 0.5)
        log.raw("Error: connect ECONNREFUSED 10.200.4.18:1521\n    at TCPConnectWrap.afterConnect [as oncomplete] (node:net:1611:16)\n\nNode.js v20.18.1", 1.4)

    for namespace, app, tag, node, lines, runs in (("claims", "intake", "7.7.0", a, intake, 3.2), ("claims", "scoring", "2.3.1", b, scoring, 2.4),
                                                   ("partners", "partner-export", "1.1.6", b, export, 2.0)):  # fmt: skip
        spec = container(app, f"registry.acme.io/{namespace}/{app}:{tag}", port=8080, cpu="50m", memory="96Mi", memory_limit="192Mi", env=[env("DB_HOST", "oracle-prod.corp.example")])
        work = c.deployment(namespace, app, "90d", [spec], revision=5, changed="12d")
        log = crash(lines)
        work.pod(node).live({app: lambda index, log=log, runs=runs: Run(ends_at=broke + 7 + runs, code=1, log=log, ready_after=1) if index == 0
                             else Run(after=runs, code=1, ready_after=None, log=log)})  # fmt: skip
    go_service(c, "claims", "documents", [a], "90d", uptime="40d")
    return c


@scenario("quota-used-up-by-three-workloads")
def quota_used_up(name):
    """A namespace's CPU quota is used up: a new service, one that is scaled and the nightly job get no pods."""
    c = Cluster(name, "2026-06-11T02:31:07Z", "v1.32.4", "1.32", ["team-green"])
    a, b = nodes(c, "kubeadm", {"grn-1": "10.61.0.4", "grn-2": "10.61.0.5"}, "260d")
    root_ca(c, "team-green", "260d")

    def refused(obj, component, made, pod, asked, api):
        said = f'pods "{pod}-{{}}" is forbidden: exceeded quota: team-green, requested: requests.cpu={asked}, used: requests.cpu=3900m, limited: requests.cpu=4'
        time, delay, last = made + 0.1, 0.01, ""
        for _ in range(6):
            last = said.format(c.suffix())
            c.event(c.ref(obj), "Warning", "FailedCreate", f"Error creating: {last}", component, time, api=api)
            delay *= 2
            time += delay
        return last

    for app, asked, replicas, changed in (("quotes", "500m", 1, "24m"), ("rebates", "250m", 2, "19m30s")):
        c.service("team-green", app, "120d", 8080)
        spec = container(app, f"registry.acme.io/team-green/{app}:5.1.0", port=8080, cpu=asked, memory="128Mi", memory_limit="256Mi",
                         readiness=probe(http="/readyz", port=8080))  # fmt: skip
        work = c.deployment("team-green", app, "120d", [spec], replicas=replicas, revision=6, changed=changed)
        said = refused(work.parent, "replicaset-controller", work.made, work.parent["metadata"]["name"], asked, "apps/v1")
        for owner, times in ((work.parent, {}), (work.obj, {"lastUpdateTime": clock.rfc3339(work.made + 1)})):
            owner["status"]["conditions"] = [{"type": "ReplicaFailure", "status": "True", "reason": "FailedCreate", "message": said,
                                              "lastTransitionTime": clock.rfc3339(work.made + 1), **times}]  # fmt: skip
    spec = container("settle", "registry.acme.io/team-green/settle:1.4.2", cpu="1", memory="512Mi", memory_limit="1Gi")
    work = c.job("team-green", "settle-29686650", "21m7s", [spec])
    refused(work.obj, "job-controller", work.made, "settle-29686650", "1", "batch/v1")
    go_service(c, "team-green", "ratings", [a, b], "120d", uptime="33d")
    return c


@scenario("storage-driver-down-on-one-node")
def storage_driver_down(name):
    """The storage driver's pod of one node cannot reach the metadata service; two pods on that node wait for their volumes."""
    c = Cluster(name, "2026-04-22T11:05:40Z", "v1.32.3", "1.32", ["kube-system", "depot"])
    a, b = nodes(c, "eks", {"ip-10-3-1-17.eu-west-1.compute.internal": "10.3.1.17", "ip-10-3-2-88.eu-west-1.compute.internal": "10.3.2.88"}, "60d")
    for namespace in ("kube-system", "depot"):
        root_ca(c, namespace, "60d")
    c.storage_class("gp3", "ebs.csi.aws.com", created="60d")
    spec = container("ebs-plugin", "registry.acme.io/mirror/ebs-csi/aws-ebs-csi-driver:v1.40.0", cpu="10m", memory="40Mi", memory_limit="256Mi",
                     args=["node", "--endpoint=unix:/csi/csi.sock", "--v=2"])  # fmt: skip
    driver = c.daemon_set("kube-system", "ebs-csi-node", "60d", [spec], labels={"app": "ebs-csi-node"}, hostNetwork=True)

    def starts(log):
        log.klog("I", "main.go:154", '"Initializing metadata"', 0.2)
        log.klog("I", "metadata.go:48", '"Attempting to retrieve instance metadata from IMDS"', 0.1)

    def fails(log):
        starts(log)
        log.klog("E", "main.go:160", '"Failed to initialize metadata when it is required" err="could not retrieve instance metadata: Get \\"http://169.254.169.254/latest/meta-data/instance-id\\": context deadline exceeded"', 5.0)

    driver.pod(a, quiet=True).live({"ebs-plugin": Run(ready_after=2, log=starts)})
    broke = c.ago("38m12s")
    driver.pod(b, quiet=True).live({"ebs-plugin": lambda index: Run(ends_at=broke, code=1, log=starts, ready_after=2) if index == 0
                                    else Run(after=5.4, code=1, ready_after=None, log=fails)})  # fmt: skip
    for app, claim, made in (("manifests", "manifests-data", "31m5s"), ("routes", "routes-data", "29m44s")):
        c.service("depot", app, "50d", 8080)
        c.claim("depot", claim, "50d", "20Gi")
        spec = container(app, f"registry.acme.io/depot/{app}:2.8.1", port=8080, cpu="100m", memory="128Mi", memory_limit="256Mi", mounts=[mount("data", "/var/lib/data")])
        work = c.deployment("depot", app, "50d", [spec], revision=3, changed="20d", volumes=[volume_claim("data", claim)])
        volume = next(item["spec"]["volumeName"] for item in c.store[("", "persistentvolumeclaims")] if item["metadata"]["name"] == claim)
        said = (f'MountVolume.MountDevice failed for volume "{volume}" : kubernetes.io/csi: attacher.MountDevice failed to create newCsiDriverClient: '
                "driver name ebs.csi.aws.com not found in the list of registered CSI drivers")  # fmt: skip
        work.pod(b, made).wait_for_volumes([("FailedMount", said)])
    go_service(c, "depot", "scanners", [a], "50d", uptime="20d")
    return c
