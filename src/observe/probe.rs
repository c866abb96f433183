//! Probes: who failed, who was killed for it, and whether the numbers leave time to start.

use super::Case;
use crate::model::{Container, Event, Pod, Probe, StateKind};
use crate::text::{Located, Place};

/// The three probes, as events word them.
const PROBES: [(&str, &str, &str); 3] = [
    ("Liveness", "liveness-probe-failing", "killed-by-liveness-probe"),
    ("Startup", "startup-probe-failing", "killed-by-startup-probe"),
    ("Readiness", "readiness-probe-failing", ""),
];

/// Observes the probes of one container (or of a pod whose containers no output shows).
pub fn observations(pod: &Pod, container: Option<&Container>, events: &[(&Event, bool)], case: &mut Case<'_>) {
    let _ = pod;
    let mine: Vec<(&Event, bool)> =
        events.iter().copied().filter(|(event, _)| super::container::concerns(event, pod, container)).collect();
    let ended = container.and_then(super::container::ended_run);
    let exit = ended.and_then(|state| state.exit_code.as_ref()).map(|code| code.value);
    for (word, failing, killed) in PROBES {
        let failures: Vec<&Event> = mine
            .iter()
            .filter(|(event, fresh)| *fresh && event.reason == "Unhealthy" && event.message.starts_with(word))
            .map(|(event, _)| *event)
            .collect();
        let lower = word.to_ascii_lowercase();
        let says = format!("the {lower} probe fails");
        case.observe(failing, says, failures.iter().map(|event| event.place.clone()).collect());
        let no_answer: Vec<Place> =
            failures.iter().filter(|event| timed_out(&event.message)).map(|event| event.place.clone()).collect();
        if word != "Readiness" {
            case.observe("probe-timed-out", format!("the {lower} probe fails by timeout"), no_answer);
        }
        if killed.is_empty() {
            continue;
        }
        let mut kills: Vec<Place> = mine
            .iter()
            .filter(|(event, _)| event.reason == "Killing" && says_killed_for(&event.message, &lower))
            .map(|(event, _)| event.place.clone())
            .collect();
        let threshold = probe_of(container, word).and_then(|probe| probe.failure_threshold).unwrap_or(3);
        let failed_often = failures.iter().map(|event| event.count).sum::<u64>() as i64 >= threshold;
        if kills.is_empty()
            && matches!(exit, Some(137 | 143))
            && failed_often
            && case.observation("terminated-oom-killed").is_none()
        {
            kills.extend(failures.iter().map(|event| event.place.clone()));
            if !kills.is_empty() {
                kills.extend(ended.and_then(|state| state.exit_code.as_ref()).map(|code| code.place.clone()));
            }
        }
        if !kills.is_empty() {
            kills.extend(failures.iter().map(|event| event.place.clone()));
            kills.dedup();
            case.observe(killed, format!("kubelet killed the container because its {lower} probe failed"), kills);
        }
    }
    if let Some(container) = container {
        budget(container, case);
    }
}

/// `Container app failed liveness probe, will be restarted`; before 1.13
/// `Killing container with id docker://app:Container failed liveness probe.. Container will be killed and recreated.` and
/// `pod "x" container "app" is unhealthy, it will be killed and re-created.`
pub fn says_killed_for(message: &str, probe: &str) -> bool {
    let message = message.to_ascii_lowercase();
    message.contains(&format!("failed {probe} probe"))
        || (probe == "liveness" && message.contains("is unhealthy, it will be killed and re-created"))
}

/// Whether a failed probe got no answer in time.
pub fn timed_out(message: &str) -> bool {
    ["deadline exceeded", "Client.Timeout", "i/o timeout", "timed out"].iter().any(|words| message.contains(words))
}

fn probe_of<'p>(container: Option<&'p Container>, word: &str) -> Option<&'p Probe> {
    let container = container?;
    match word {
        "Liveness" => container.liveness.as_ref(),
        "Startup" => container.startup.as_ref(),
        _ => container.readiness.as_ref(),
    }
}

/// The check of a probe as a manifest has it: `httpGet: {path: /health, port: 8080}`; `None` where a part of it could not
/// stand in YAML as it is.
pub fn manifest(action: &str) -> Option<String> {
    let plain = |text: &str| {
        !text.is_empty()
            && text.chars().all(|c| c.is_ascii_alphanumeric() || "._-/".contains(c))
            && !text.starts_with('-')
    };
    let mut words = action.split_whitespace();
    let (kind, rest) = (words.next()?, words.next()?);
    match kind {
        "http-get" => {
            let (scheme, rest) = rest.split_once("://")?;
            let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
            let (host, port) = authority.rsplit_once(':')?;
            let path = format!("/{path}");
            let scheme = if scheme.eq_ignore_ascii_case("https") { ", scheme: HTTPS" } else { "" };
            (host.is_empty() && plain(port) && plain(&path))
                .then(|| format!("httpGet: {{path: {path}, port: {port}{scheme}}}"))
        }
        "tcp-socket" => {
            rest.strip_prefix(':').filter(|port| plain(port)).map(|port| format!("tcpSocket: {{port: {port}}}"))
        }
        "grpc" => {
            let port = rest.rsplit_once(':').map(|(_, port)| port).filter(|port| plain(port))?;
            words.next().is_none().then(|| format!("grpc: {{port: {port}}}"))
        }
        _ => None,
    }
}

/// The question of a probe as a command that any container of the pod can ask, which all share its network:
/// `wget -qO- -T 5 http://127.0.0.1:8080/health`. A port by name is that of the container where it has only one. `None` for
/// another host, and for what no command of busybox asks.
pub fn question(action: &str, ports: &[Located<String>]) -> Option<String> {
    let number = |port: &str| match (port.parse::<u16>(), ports) {
        (Ok(number), _) => Some(number),
        (Err(_), [only]) => only.value.split('/').next()?.trim().parse().ok(),
        (Err(_), _) => None,
    };
    let (kind, rest) = action.split_once(' ')?;
    let rest = rest.split_whitespace().next()?;
    match kind {
        "http-get" => {
            let (scheme, rest) = rest.split_once("://:")?;
            let (port, path) = rest.split_once('/').unwrap_or((rest, ""));
            let plain = path.chars().all(|c| c.is_ascii_alphanumeric() || "._-/".contains(c));
            let scheme =
                ["http", "https"].into_iter().find(|known| scheme.eq_ignore_ascii_case(known)).filter(|_| plain)?;
            let check = if scheme == "https" { " --no-check-certificate" } else { "" };
            Some(format!("wget -qO- -T 5{check} {scheme}://127.0.0.1:{}/{path}", number(port)?))
        }
        "tcp-socket" => Some(format!("nc -zv -w 3 127.0.0.1 {}", number(rest.strip_prefix(':')?)?)),
        _ => None,
    }
}

/// Compares the time that a probe allows for the start with the time that the ended run had, and offers numbers for a
/// startup probe where the start is what took too long.
fn budget(container: &Container, case: &mut Case<'_>) {
    let (probe, killed) = match (&container.startup, &container.liveness) {
        (Some(startup), _) => (startup, "killed-by-startup-probe"),
        (None, Some(liveness)) => (liveness, "killed-by-liveness-probe"),
        (None, None) => return,
    };
    let allowed = probe.initial_delay.unwrap_or(0) + probe.period.unwrap_or(10) * probe.failure_threshold.unwrap_or(3);
    let ran =
        super::container::ended_run(container).filter(|state| state.kind == StateKind::Terminated).and_then(|state| {
            let (start, end) = (state.started_at.as_ref()?, state.finished_at.as_ref()?);
            Some((end.value.as_second() - start.value.as_second(), end.place.clone()))
        });
    let Some((ran, place)) = ran else { return };
    // Killed within the budget and the usual grace of 30 seconds: the run never got past its start.
    let in_start = ran <= allowed + 35 && case.observation(killed).is_some();
    if in_start && killed == "killed-by-liveness-probe" {
        case.observe(
            "killed-before-start-finished",
            format!("the run was killed after {ran}s; the liveness probe allows {allowed}s for the start"),
            case.start_line.iter().cloned().chain([probe.place.clone(), place]).collect(),
        );
    }
    let seconds = case.values.get("observed_start_seconds").and_then(|text| text.parse::<i64>().ok()).unwrap_or(0);
    if !in_start && seconds <= allowed {
        return;
    }
    let wanted = (seconds.max(ran) * 2).max(60);
    let period = 10;
    case.values.own("suggested_startup_period", period.to_string());
    case.values.own("suggested_startup_failure_threshold", ((wanted + period - 1) / period).to_string());
}

#[cfg(test)]
mod tests {
    use super::{manifest, question};
    use crate::text::{Located, Place};

    #[test]
    fn a_check_as_a_command_asks_it() {
        for (action, asked) in [
            ("http-get http://:8080/health", Some("wget -qO- -T 5 http://127.0.0.1:8080/health")),
            ("http-get https://:8443/", Some("wget -qO- -T 5 --no-check-certificate https://127.0.0.1:8443/")),
            ("http-get http://:http/health", None),
            ("http-get http://example.com:80/health", None),
            ("http-get http://:8080/a;reboot", None),
            ("tcp-socket :6379", Some("nc -zv -w 3 127.0.0.1 6379")),
            ("exec [cat /tmp/ok]", None),
            ("grpc <pod>:9000", None),
        ] {
            assert_eq!(question(action, &[]).as_deref(), asked, "{action}");
        }
        let port = |port: &str| Located::new(port.to_string(), Place::of_line(crate::text::FileId(0), 1, ""));
        let asked = question("http-get http://:http/health", &[port("8080/TCP")]);
        assert_eq!(asked.as_deref(), Some("wget -qO- -T 5 http://127.0.0.1:8080/health"));
        assert_eq!(question("http-get http://:http/health", &[port("8080/TCP"), port("9090/TCP")]), None);
    }

    #[test]
    fn a_check_as_a_manifest_has_it() {
        for (action, written) in [
            ("http-get http://:8080/healthz", Some("httpGet: {path: /healthz, port: 8080}")),
            ("http-get https://:https/", Some("httpGet: {path: /, port: https, scheme: HTTPS}")),
            ("tcp-socket :6379", Some("tcpSocket: {port: 6379}")),
            ("grpc <pod>:9000", Some("grpc: {port: 9000}")),
            ("http-get http://:8080/a?b={c}", None),
            ("http-get http://10.0.0.1:8080/", None),
            ("exec [cat /tmp/ok]", None),
        ] {
            assert_eq!(manifest(action).as_deref(), written, "{action}");
        }
    }
}
