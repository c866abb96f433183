"""What a kubelet does to a pod, and what it writes down: runs, back-off, probe kills, events and their correlation.

The events follow client-go's correlator: equal events of a pod share a record and a count; a record is written only while
the pod's bucket (25, one more every five minutes) has a token; a record not written for an hour is gone. So `Created x5`
beside a restart count of 16 is right, and real."""

import dataclasses
import typing

import clock
from logtext import Log

BURST, REFILL_SECONDS, EVENT_TTL = 25, 300, 3600
BACKOFF_FIRST, BACKOFF_MAX = 10, 300


@dataclasses.dataclass
class Run:
    """One run of a container: how long it lasts and how it ends. `after` None: it does not end by itself."""

    after: typing.Optional[float] = None
    # The moment it ends, where something outside the pod sets it.
    ends_at: typing.Optional[float] = None
    # Seconds until the next run, where the kubelet's back-off does not decide.
    gap: typing.Optional[float] = None
    code: int = 0
    reason: typing.Optional[str] = None
    message: typing.Optional[str] = None
    log: typing.Optional[typing.Callable] = None
    # Seconds until the readiness probe answers; None: never.
    ready_after: typing.Optional[float] = 0
    # What the readiness probe says until then.
    unready: typing.Optional[str] = None
    # The probe that kills it: `liveness` or `startup`; what it says; from which second on it fails.
    killed_by: typing.Optional[str] = None
    probe_says: typing.Optional[str] = None
    fails_from: float = 0
    # Seconds from SIGTERM to the end.
    stops_in: float = 30
    # The runtime cannot start it: the message of the error.
    start_error: typing.Optional[str] = None
    # The postStart hook fails after `after` seconds: its message.
    hook_error: typing.Optional[str] = None


@dataclasses.dataclass
class Blocked:
    """A container that is never created. `kind`: `config` or `pull`."""

    kind: str
    message: str
    reason: str = "CreateContainerConfigError"


@dataclasses.dataclass
class Ended:
    started: float
    finished: float
    run: Run
    container_id: str
    log: Log


class Events:
    """The correlator and the store of one pod's kubelet events."""

    def __init__(self):
        self.emitted = []

    def emit(self, time, kind, reason, message, field=None):
        self.emitted.append((time, kind, reason, message, field))

    def records(self, now):
        """(first, last, count, type, reason, message, field) of every record alive at `now`."""
        tokens, refilled = float(BURST), None
        seen, written = {}, {}
        for time, kind, reason, message, field in sorted(self.emitted, key=lambda event: event[0]):
            if time > now:
                break
            if refilled is not None:
                tokens = min(BURST, tokens + (time - refilled) / REFILL_SECONDS)
            refilled = time
            key = (kind, reason, message, field)
            first, count = seen.get(key, (time, 0))
            seen[key] = (first, count + 1)
            if tokens >= 1:
                tokens -= 1
                written[key] = (first, time, count + 1)
        return [(*times, *key) for key, times in written.items() if now - times[1] < EVENT_TTL]


class Container:
    """One container's life on its node, told to `events`."""

    def __init__(self, pod, spec, plan, pull):
        self.pod, self.spec, self.plan, self.pull = pod, spec, plan, pull
        self.cluster, self.rng, self.events = pod.cluster, pod.rng, pod.events
        self.runs, self.waiting, self.ready, self.transition = [], None, False, None
        self.running = None
        self.group = "initContainers" if pod.is_init(spec["name"]) else "containers"

    @property
    def name(self):
        return self.spec["name"]

    def _emit(self, time, kind, reason, message):
        self.events.emit(time, kind, reason, message, f"spec.{self.group}{{{self.name}}}")

    def _run(self, index):
        plan = self.plan
        if callable(plan):
            return plan(index)
        if isinstance(plan, list):
            return plan[min(index, len(plan) - 1)]
        return plan

    def _pulled(self, time, index):
        image = self.spec["image"]
        if self.pull and (index == 0 or self.spec["imagePullPolicy"] == "Always"):
            took, size = self.pull if index == 0 else (0.6 + self.rng.random() / 2, self.pull[1])
            self._emit(time, "Normal", "Pulling", f'Pulling image "{image}"')
            time += took
            spent = f"{took:.3f}s" if took >= 1 else f"{int(took * 1000)}ms"
            tail = f" Image size: {size} bytes." if self.cluster.minor >= 30 else ""
            dot = "." if tail else ""
            self._emit(time, "Normal", "Pulled", f'Successfully pulled image "{image}" in {spent} ({spent} including waiting){dot}{tail}')
            return time
        self._emit(time, "Normal", "Pulled", f'Container image "{image}" already present on machine')
        return time

    def live(self, time):
        """Lives from `time` on. Returns when an init container has completed, else None."""
        now = self.cluster.now
        if isinstance(self.plan, Blocked):
            return self._blocked(time)
        backoff, index = 0, 0
        init = self.group == "initContainers"
        while time <= now:
            run = self._run(index)
            created = self._pulled(time, index) + 0.05
            colon = ":" if self.cluster.minor >= 32 else ""
            self._emit(created, "Normal", "Created", f"Created container{colon} {self.name}")
            started = created + 0.06 + self.rng.random() / 8
            ended = self._end(run, started)
            log = Log(started, self.rng, index, min(ended, now) if ended else now)
            if run.log:
                run.log(log)
            record = Ended(started, ended, run, self.cluster.container_id(), log)
            if run.start_error:
                self._emit(started, "Warning", "Failed", f"Error: {run.start_error}")
            else:
                self._emit(started, "Normal", "Started", f"Started container {self.name}")
            self._probes(run, started, ended)
            if ended is None or ended > now:
                self.running = record
                ready_at = None if run.ready_after is None else started + run.ready_after
                self.ready = ready_at is not None and ready_at <= now
                self.transition = ready_at if self.ready else self.transition or started
                return None
            self.runs.append(record)
            if run.ready_after is not None and started + run.ready_after < ended:
                self.transition = ended
            index += 1
            if run.code == 0 and init:
                return ended + 1
            if not self.pod.restarts(run.code):
                return None
            if run.gap is not None:
                self.events.emit(ended + run.gap - 2, "Normal", "SandboxChanged", "Pod sandbox changed, it will be killed and re-created.", None)
                time, backoff = ended + run.gap, BACKOFF_FIRST
                continue
            if index == 1 or ended - started >= 2 * BACKOFF_MAX:
                time, backoff = ended + 0.8 + self.rng.random() / 2, BACKOFF_FIRST
                continue
            sync = ended + 0.7 + self.rng.random() / 2
            until, noticed = ended + backoff, sync <= now
            while sync < until:
                self._emit(sync, "Warning", "BackOff", f"Back-off restarting failed container {self.name} in pod {self.pod.full_name}")
                sync += 11 + self.rng.random() * 3
            if not noticed:
                return None
            if sync > now:
                self.waiting = {
                    "reason": "CrashLoopBackOff",
                    "message": f"back-off {self._go(backoff)} restarting failed container={self.name} pod={self.pod.full_name}",
                }
                return None
            time, backoff = sync, min(2 * backoff, BACKOFF_MAX)
        if not self.runs:
            self.waiting = {"reason": "ContainerCreating"}
        return None

    @staticmethod
    def _go(seconds):
        return f"{seconds // 60}m{seconds % 60}s" if seconds >= 60 else f"{seconds}s"

    def _end(self, run, started):
        if run.start_error:
            return started + 0.01
        if run.killed_by:
            return self._kill_time(run, started) + run.stops_in
        if run.ends_at:
            return run.ends_at
        return None if run.after is None else started + run.after

    def _failures(self, run, started):
        spec = self.spec[f"{run.killed_by}Probe"]
        time = started + spec.get("initialDelaySeconds", 0)
        if not spec.get("initialDelaySeconds"):
            time += 1
        while time < started + run.fails_from:
            time += spec["periodSeconds"]
        late = spec["timeoutSeconds"] if "deadline exceeded" in (run.probe_says or "") else 0
        return [time + late + n * spec["periodSeconds"] for n in range(spec["failureThreshold"])]

    def _kill_time(self, run, started):
        return self._failures(run, started)[-1]

    def _probes(self, run, started, ended):
        now = self.cluster.now
        if run.killed_by:
            kind = run.killed_by.capitalize()
            for time in self._failures(run, started):
                self._emit(time, "Warning", "Unhealthy", f"{kind} probe failed: {run.probe_says}")
            self._emit(self._kill_time(run, started) + 0.02, "Normal", "Killing", f"Container {self.name} failed {run.killed_by} probe, will be restarted")
        if run.hook_error:
            self._emit(ended - 0.2, "Warning", "FailedPostStartHook", run.hook_error)
            self._emit(ended - 0.1, "Normal", "Killing", "FailedPostStartHook")
        if run.unready and "readinessProbe" in self.spec:
            spec = self.spec["readinessProbe"]
            time = started + max(spec.get("initialDelaySeconds", 0), 1)
            last = min(ended or now, now, started + run.ready_after if run.ready_after is not None else now)
            if run.killed_by:
                last = min(last, self._kill_time(run, started))
            while time < last:
                self._emit(time, "Warning", "Unhealthy", f"Readiness probe failed: {run.unready}")
                time += spec["periodSeconds"]

    def _blocked(self, time):
        now, image = self.cluster.now, self.spec["image"]
        if self.plan.kind == "config":
            first = True
            while time <= now:
                if first:
                    time = self._pulled(time, 0)
                else:
                    self._emit(time, "Normal", "Pulled", f'Container image "{image}" already present on machine')
                self._emit(time + 0.01, "Warning", "Failed", f"Error: {self.plan.message}")
                first = False
                time += 11 + self.rng.random() * 4
            self.waiting = {"reason": self.plan.reason, "message": self.plan.message}
            return None
        backoff, tried, state = BACKOFF_FIRST, None, None
        while time <= now:
            if tried is None or time - tried >= backoff:
                backoff = backoff if tried is None else min(2 * backoff, BACKOFF_MAX)
                self._emit(time, "Normal", "Pulling", f'Pulling image "{image}"')
                time += 0.7 + self.rng.random()
                self._emit(time, "Warning", "Failed", f'Failed to pull image "{image}": {self.plan.message}')
                self._emit(time + 0.001, "Warning", "Failed", "Error: ErrImagePull")
                tried, state = time, {"reason": "ErrImagePull", "message": self.plan.message}
            else:
                self._emit(time, "Normal", "BackOff", f'Back-off pulling image "{image}"')
                self._emit(time + 0.001, "Warning", "Failed", "Error: ImagePullBackOff")
                state = {"reason": "ImagePullBackOff", "message": f'Back-off pulling image "{image}"'}
            time += 11 + self.rng.random() * 4
        self.waiting = state
        return None

    # What the API shows.

    def _terminated(self, record):
        run = record.run
        code = 128 if run.start_error else run.code
        reason = "StartError" if run.start_error else run.reason or ("Completed" if code == 0 else "Error")
        state = {
            "containerID": record.container_id,
            "exitCode": code,
            "finishedAt": clock.rfc3339(record.finished),
            "reason": reason,
            "startedAt": "1970-01-01T00:00:00Z" if run.start_error else clock.rfc3339(record.started),
        }
        if run.start_error or run.message:
            state["message"] = run.start_error or run.message
        return state

    def status(self):
        image = self.spec["image"]
        if "/" not in image:
            full = "docker.io/library/" + image
        elif "." in image.split("/")[0] or ":" in image.split("/")[0]:
            full = image
        else:
            full = "docker.io/" + image
        repository = full.rsplit(":", 1)[0] if ":" in full.rsplit("/", 1)[-1] else full
        known = bool(self.runs or self.running)
        status = {
            "name": self.name,
            "image": full if known else image,
            "imageID": f"{repository}@{self.cluster.image_digest(full)}" if known else "",
            "lastState": {},
            "ready": self.ready,
            "restartCount": 0,
            "started": self.running is not None and self.running.run.killed_by != "startup",
        }
        if self.cluster.minor >= 31 and known and self.spec["volumeMounts"]:
            status["volumeMounts"] = [
                {**{k: v for k, v in m.items() if k in ("name", "mountPath", "readOnly")}, **({"recursiveReadOnly": "Disabled"} if m.get("readOnly") else {})}
                for m in self.spec["volumeMounts"]
            ]
        if self.running:
            status["state"] = {"running": {"startedAt": clock.rfc3339(self.running.started)}}
            status["containerID"] = self.running.container_id
            status["restartCount"] = len(self.runs)
            if self.runs:
                status["lastState"] = {"terminated": self._terminated(self.runs[-1])}
        elif self.waiting:
            status["state"] = {"waiting": self.waiting}
            if self.runs:
                status["lastState"] = {"terminated": self._terminated(self.runs[-1])}
                status["containerID"] = self.runs[-1].container_id
                status["restartCount"] = max(len(self.runs) - 1, 0)
        elif self.runs:
            last = self.runs[-1]
            status["state"] = {"terminated": self._terminated(last)}
            status["containerID"] = last.container_id
            status["restartCount"] = len(self.runs) - 1
            if len(self.runs) > 1:
                status["lastState"] = {"terminated": self._terminated(self.runs[-2])}
            if self.group == "initContainers" and last.run.code == 0:
                status["ready"] = True
        else:
            status["state"] = {"waiting": {"reason": "PodInitializing"}}
        return status

    def current_log(self):
        """The run that `kubectl logs` shows, or None."""
        return self.running or (self.runs[-1] if self.runs else None)

    def previous_log(self):
        """The run that `kubectl logs --previous` shows, or None."""
        if self.running or self.waiting:
            return self.runs[-1] if self.runs else None
        return self.runs[-2] if len(self.runs) > 1 else None
