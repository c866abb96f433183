"""One run's log: lines with their times, in the formats programs write. Knows nothing of pods."""

import json

import clock


class Log:
    """Collects the lines of one run that starts at `start`; time moves forward with every line, lines after `until` are lost."""

    def __init__(self, start, rng, index, until):
        self.now, self.start, self.rng, self.index, self.until = start, start, rng, index, until
        self.lines, self.nanos = [], 0

    def wait(self, seconds):
        self.now += seconds
        return self

    def at(self, seconds):
        """Moves to `seconds` after the start."""
        self.now = max(self.now, self.start + seconds)
        return self

    def over(self):
        """Whether the run, or the collection, ends before the next line."""
        return self.now > self.until

    def raw(self, text, after=0.004):
        self.now += after
        for line in text.split("\n"):
            self.nanos = max(int(self.now * 1e9) + self.rng.randrange(1000), self.nanos + 1500 + self.rng.randrange(8000))
            self.lines.append((self.now, self.nanos, line))
        return self

    def _stamp(self, pattern, digits=3):
        moment = clock.moment(self.now)
        return moment.strftime(pattern) + f"{moment.microsecond:06d}"[:digits]

    def spring(self, level, logger, message, thread="main", after=0.06):
        self.now += after
        stamp = self._stamp("%Y-%m-%dT%H:%M:%S.") + "Z"
        return self.raw(f"{stamp} {level:>5} 1 --- [{thread:>15}] {logger:<40} : {message}", 0)

    def logback(self, level, logger, message, thread="main", after=0.05):
        self.now += after
        return self.raw(f"{self._stamp('%Y-%m-%d %H:%M:%S,')} [{thread}] {level:<5} {logger} - {message}", 0)

    def klog(self, level, source, message, after=0.02):
        self.now += after
        return self.raw(f"{level}{self._stamp('%m%d %H:%M:%S.', 6)}       1 {source}] {message}", 0)

    def logrus(self, level, message, after=0.03, **fields):
        self.now += after
        tail = "".join(f" {key}={json.dumps(str(value)) if ' ' in str(value) else value}" for key, value in fields.items())
        return self.raw(f'time="{clock.rfc3339(self.now)}" level={level} msg={json.dumps(message)}{tail}', 0)

    def zap(self, level, message, after=0.03, **fields):
        self.now += after
        record = {"level": level, "ts": self._stamp("%Y-%m-%dT%H:%M:%S.") + "Z", "msg": message, **fields}
        return self.raw(json.dumps(record, separators=(",", ":")), 0)

    def pino(self, level, message, after=0.02, **fields):
        self.now += after
        record = {"level": level, "time": int(self.now * 1000), "pid": 1, "msg": message, **fields}
        return self.raw(json.dumps(record, separators=(",", ":")), 0)

    def python(self, level, logger, message, after=0.05):
        self.now += after
        return self.raw(f"{self._stamp('%Y-%m-%d %H:%M:%S,')} {level:<8} {logger}: {message}", 0)

    def gunicorn(self, level, message, pid=1, after=0.01):
        self.now += after
        return self.raw(f"[{clock.moment(self.now).strftime('%Y-%m-%d %H:%M:%S +0000')}] [{pid}] [{level}] {message}", 0)

    def nginx(self, level, message, after=0.01):
        self.now += after
        return self.raw(f"{clock.moment(self.now).strftime('%Y/%m/%d %H:%M:%S')} [{level}] 1#1: {message}", 0)

    def access(self, client, request, status, size, agent="kube-probe/1.30", after=1.0):
        self.now += after
        stamp = clock.moment(self.now).strftime("%d/%b/%Y:%H:%M:%S +0000")
        return self.raw(f'{client} - - [{stamp}] "{request}" {status} {size} "-" "{agent}" "-"', 0)

    def postgres(self, level, message, pid=1, after=0.02):
        self.now += after
        return self.raw(f"{self._stamp('%Y-%m-%d %H:%M:%S.')} UTC [{pid}] {level}:  {message}", 0)

    def text(self, timestamps):
        """What `kubectl logs` prints of this run."""
        kept = [(nanos, line) for time, nanos, line in self.lines if time <= self.until]
        return "".join(f"{clock.rfc3339_nano(nanos)} {line}\n" if timestamps else line + "\n" for nanos, line in kept)
