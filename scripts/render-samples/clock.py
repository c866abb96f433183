"""Times: epoch seconds inside, Kubernetes' spellings outside. Knows nothing of objects."""

import datetime
import re

UTC = datetime.timezone.utc
UNITS = {"ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86400}


def parse(text):
    """Epoch seconds of an RFC 3339 time."""
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()


def span(text):
    """Seconds of a Go-like duration: `1h30m`, `45s`, `9d`."""
    parts = re.findall(r"(\d+(?:\.\d+)?)(ms|[smhd])", text)
    if not parts or "".join(number + unit for number, unit in parts) != text:
        raise ValueError(f"not a duration: {text!r}")
    return sum(float(number) * UNITS[unit] for number, unit in parts)


def moment(epoch):
    return datetime.datetime.fromtimestamp(epoch, UTC)


def rfc3339(epoch):
    """`metav1.Time`: whole seconds."""
    return moment(int(epoch)).strftime("%Y-%m-%dT%H:%M:%SZ")


def rfc3339_micro(epoch):
    """`metav1.MicroTime`: six digits, always."""
    return moment(epoch).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def rfc3339_nano(nanos):
    """The time stamp a container runtime puts before a log line, from nanoseconds."""
    return moment(nanos // 10**9).strftime("%Y-%m-%dT%H:%M:%S.") + f"{nanos % 10**9:09d}Z"


def rfc1123(epoch):
    """The absolute times of `kubectl describe`, under TZ=UTC."""
    return moment(epoch).strftime("%a, %d %b %Y %H:%M:%S +0000")


RFC1123 = re.compile(r"\b[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} \+0000")


def parse_rfc1123(text):
    return datetime.datetime.strptime(text, "%a, %d %b %Y %H:%M:%S %z").timestamp()


def human(seconds):
    """`duration.HumanDuration` of apimachinery: the ages of every table."""
    seconds = int(seconds)
    if seconds < -1:
        return "<invalid>"
    if seconds < 0:
        return "0s"
    if seconds < 120:
        return f"{seconds}s"
    minutes = seconds // 60
    if minutes < 10:
        rest = seconds % 60
        return f"{minutes}m{rest}s" if rest else f"{minutes}m"
    if minutes < 180:
        return f"{minutes}m"
    hours = minutes // 60
    if hours < 8:
        rest = minutes % 60
        return f"{hours}h{rest}m" if rest else f"{hours}h"
    if hours < 48:
        return f"{hours}h"
    if hours < 192:
        rest = hours % 24
        return f"{hours // 24}d{rest}h" if rest else f"{hours // 24}d"
    days = hours // 24
    if hours < 24 * 365 * 2:
        return f"{days}d"
    if hours < 24 * 365 * 8:
        rest = days % 365
        return f"{days // 365}y{rest}d" if rest else f"{days // 365}y"
    return f"{days // 365}y"
