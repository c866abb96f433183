"""The node itself: its disk, its restart."""

from cluster import Cluster
from kubelet import Blocked, Run
from objects import container, env, mount, probe, volume_empty

from .common import nodes, root_ca
from .registry import scenario


@scenario("node-disk-pressure")
def disk_pressure(name):
    """worker-2's disk is full: the kubelet evicts three workloads, an image cannot be unpacked, and a pod bound to it waits."""
    c = Cluster(name, "2026-01-08T23:04:16Z", "v1.29.13", "1.29", ["media", "billing"])
    since = c.ago("31m20s")
    worker = {"cpu": "8", "memory": "32Gi"}
    (one,) = nodes(c, "kubeadm", {"worker-1": "10.17.0.11"}, "260d", **worker)
    (two,) = nodes(
        c, "kubeadm", {"worker-2": "10.17.0.12"}, "260d", labels={"disk": "ssd"},
        taints=[{"key": "node.kubernetes.io/disk-pressure", "effect": "NoSchedule", "timeAdded": "2026-01-08T22:32:57Z"}],
        conditions={"DiskPressure": ("True", "KubeletHasDiskPressure", "kubelet has disk pressure", since)}, **worker)  # fmt: skip
    (three,) = nodes(c, "kubeadm", {"worker-3": "10.17.0.13"}, "260d", **worker)
    c.node_event(two, "Warning", "FreeDiskSpaceFailed", "Failed to garbage collect required amount of images. Attempted to free 9163386880 bytes, "
                 "but only found 1204817920 bytes eligible to free.", c.ago("33m"), c.ago("3m"), 7)  # fmt: skip
    c.node_event(two, "Warning", "ImageGCFailed", "Failed to garbage collect required amount of images. Attempted to free 9163386880 bytes, "
                 "but only found 1204817920 bytes eligible to free.", c.ago("33m"), c.ago("3m"), 7)  # fmt: skip
    c.node_event(two, "Warning", "EvictionThresholdMet", "Attempting to reclaim ephemeral-storage", since - 8, c.ago("38s"), 181)
    c.node_event(two, "Normal", "NodeHasDiskPressure", f"Node {two} status is now: NodeHasDiskPressure", since)
    for namespace in ("media", "billing"):
        root_ca(c, namespace, "260d")
    c.service("media", "transcoder", "260d", 8080)
    c.service("billing", "invoices", "260d", 8080)
    low = "The node was low on resource: ephemeral-storage. Threshold quantity: 10459423067, available: {}Ki. "

    def transcoding(log):
        log.python("INFO", "transcoder", "transcoder 1.14.2 ready, scratch=/scratch", 1.5)
        log.at(since - log.start - 900)
        part = 0
        while not log.over():
            part += 1
            log.python("INFO", "transcoder.job", f"job 88{part}1: segment {part} written, scratch holds {22 + part * 2} GiB", 80)

    spec = container("transcoder", "registry.acme.io/media/transcoder:1.14.2", port=8080, cpu="2", memory="2Gi", mounts=[mount("scratch", "/scratch")])
    work = c.deployment("media", "transcoder", "260d", [spec], volumes=[volume_empty("scratch")], revision=21, changed="6d")
    gone = work.pod(two)
    gone.live({"transcoder": Run(log=transcoding)}).evict(
        since + 19, low.format(8912384) + "Container transcoder was using 61834512Ki, request is 0, has larger consumption of ephemeral-storage. ")
    work.pod(three, "30m58s").live({"transcoder": Run(log=transcoding)}, pull={"transcoder": (12.4, 388112044)})

    spec = container("api", "registry.acme.io/media/upload-api:4.4.0", port=8080, cpu="100m", memory="128Mi", readiness=probe(http="/readyz", port=8080))
    work = c.deployment("media", "upload-api", "260d", [spec], revision=40, changed="11d")
    work.pod(two).live({"api": Run(ready_after=4)}).evict(since + 43, low.format(9120044) + "Container api was using 18420Ki, request is 0, has larger consumption of ephemeral-storage. ", code=0)
    work.pod(one, "30m35s").live({"api": Run(ready_after=4)}, pull={"api": (2.2, 41943040)})

    spec = container("invoices", "registry.acme.io/billing/invoices:9.2.1", port=8080, cpu="200m", memory="512Mi", env=[env("SPOOL", "/var/spool/invoices")])
    work = c.deployment("billing", "invoices", "260d", [spec], revision=13, changed="19d")
    work.pod(two).live({"invoices": Run()}).evict(since + 71, low.format(9310720) + "Container invoices was using 402184Ki, request is 0, has larger consumption of ephemeral-storage. ", code=143)
    work.pod(three, "30m6s").live({"invoices": Run()}, pull={"invoices": (6.8, 201326592)})

    # A nightly job came to the node just before: its image cannot be unpacked.
    spec = container("report", "registry.acme.io/billing/nightly-report:2026.1", cpu="500m", memory="1Gi")
    job = c.job("billing", "nightly-report-29463780", "34m16s", [spec], labels={"app": "nightly-report"}, restart_policy="OnFailure")
    layer = "/var/lib/containerd/io.containerd.content.v1.content/ingest/5f0c7c1b9f/data"
    job.pod(two).live({"report": Blocked("pull", 'rpc error: code = Unknown desc = failed to pull and unpack image "registry.acme.io/billing/nightly-report:2026.1": '
                       f"failed to copy: write {layer}: no space left on device")})  # fmt: skip

    # The cache has to lie on an SSD: only worker-2 has one.
    spec = container("cache", "registry.acme.io/media/segment-cache:1.0.3", cpu="500m", memory="4Gi")
    work = c.deployment("media", "segment-cache", "90d", [spec], revision=2, changed="90d", nodeSelector={"disk": "ssd"})
    work.pod(two, "90d").live({"cache": Run()}).evict(since + 97, low.format(9402112) + "Container cache was using 30118412Ki, request is 0, has larger consumption of ephemeral-storage. ")
    work.pod(None, "29m40s").unscheduled(
        "0/3 nodes are available: 1 node(s) had untolerated taint {node.kubernetes.io/disk-pressure: }, 2 node(s) didn't match Pod's node "
        "affinity/selector. preemption: 0/3 nodes are available: 3 Preemption is not helpful for scheduling.")
    return c


@scenario("node-restarted")
def restarted(name):
    """A kernel update rebooted pool-b-2 forty minutes ago: all its containers ended in one second, all run again. Nothing to repair."""
    c = Cluster(name, "2025-06-24T04:42:10Z", "v1.32.3", "1.32", ["orders"], timestamps=False)
    down = c.ago("38m51s")
    (a,) = nodes(c, "kubeadm", {"pool-b-1": "10.9.8.1"}, "150d")
    back = down + 94
    (b,) = nodes(c, "kubeadm", {"pool-b-2": "10.9.8.2"}, "150d",
                 conditions={"Ready": ("True", "KubeletReady", "kubelet is posting ready status", back + 11)})  # fmt: skip
    boot = c.nodes[b]["status"]["nodeInfo"]["bootID"]
    c.node_event(b, "Normal", "NodeNotReady", f"Node {b} status is now: NodeNotReady", down + 41, component="node-controller")
    c.node_event(b, "Normal", "Starting", "Starting kubelet.", back)
    c.node_event(b, "Normal", "NodeAllocatableEnforced", "Updated Node Allocatable limit across pods", back + 0.5)
    c.node_event(b, "Warning", "Rebooted", f"Node {b} has been rebooted, boot id: {boot}", back + 1)
    c.node_event(b, "Normal", "NodeReady", f"Node {b} status is now: NodeReady", back + 11)
    root_ca(c, "orders", "150d")
    c.service("orders", "cart", "150d", 8080)

    def serving(program, version):
        def log(log):
            log.logrus("info", f"{program} starting", version=version)
            log.logrus("info", "listening", addr=":8080")
            log.at(max(0, log.until - log.start - 900))
            while not log.over():
                log.logrus("info", "handled request", 45, method="POST", status=200)

        return log

    spec = container("cart", "registry.acme.io/orders/cart:3.3.3", port=8080, cpu="100m", memory="128Mi", readiness=probe(http="/readyz", port=8080))
    cart = c.deployment("orders", "cart", "150d", [spec], replicas=2, revision=9, changed="30d")
    cart.pod(a).live({"cart": Run(ready_after=3, log=serving("cart", "3.3.3"))})

    def twice(gap, ready, log=None):
        return lambda index: Run(ends_at=down, gap=gap, code=255, reason="Unknown", ready_after=1, log=log) if index == 0 else Run(ready_after=ready, log=log)

    cart.pod(b).live({"cart": twice(108, 4, serving("cart", "3.3.3"))})
    spec = container("stock", "registry.acme.io/orders/stock:1.8.0", port=8080, cpu="100m", memory="128Mi", readiness=probe(http="/readyz", port=8080))
    c.deployment("orders", "stock", "150d", [spec], revision=4, changed="61d").pod(b).live({"stock": twice(109.2, 6, serving("stock", "1.8.0"))})
    spec = container("mailer", "registry.acme.io/orders/mailer:0.7.1", cpu="20m", memory="64Mi")
    proxy = container("cloud-proxy", "registry.acme.io/base/cloud-proxy:2.14.3", cpu="10m", memory="32Mi")
    c.deployment("orders", "mailer", "150d", [spec, proxy], revision=2, changed="77d").pod(b).live({"mailer": twice(110, 0, serving("mailer", "0.7.1")), "cloud-proxy": twice(111.4, 0)})
    return c


