//! The log endpoint: `/api/v1/namespaces/NS/pods/POD/log` with the options of `kubectl logs`.

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::cluster::{Cluster, Log, Object};

/// The options of a request.
#[derive(Debug, Default)]
pub struct Options {
    /// `container`
    pub container: Option<String>,
    /// `previous`
    pub previous: bool,
    /// `timestamps`
    pub timestamps: bool,
    /// `tailLines`
    pub tail: Option<usize>,
    /// `limitBytes`
    pub limit: Option<usize>,
    /// `sinceSeconds`
    pub since: Option<i64>,
}

/// The log, or the server's refusal: reason and message.
pub fn read(cluster: &Cluster, pod: &Object, options: &Options) -> Result<String, (String, String)> {
    let bad = |message: String| Err(("BadRequest".to_string(), message));
    let names: Vec<&str> = ["initContainers", "containers", "ephemeralContainers"]
        .iter()
        .flat_map(|list| pod.value["spec"][*list].as_array().into_iter().flatten())
        .filter_map(|container| container["name"].as_str())
        .collect();
    let main: Vec<&str> =
        pod.value["spec"]["containers"].as_array().into_iter().flatten().filter_map(|c| c["name"].as_str()).collect();
    let container = match (&options.container, main.as_slice()) {
        (Some(container), _) => container.as_str(),
        (None, [only]) => only,
        (None, _) => {
            let choice = main.join(" ");
            return bad(format!("a container name must be specified for pod {}, choose one of: [{choice}]", pod.name));
        }
    };
    if !names.contains(&container) {
        return bad(format!("container {container} is not valid for pod {}", pod.name));
    }
    if pod.value["spec"]["nodeName"].as_str().unwrap_or_default().is_empty() {
        return Ok(String::new());
    }
    let run = Run::of(pod, container, options.previous);
    let recorded =
        |previous| cluster.logs.get(&(pod.namespace.clone(), pod.name.clone(), container.to_string(), previous));
    let (text, has_times) = match recorded(options.previous) {
        Some(Log::Text(text, has_times)) => (text.as_str(), *has_times),
        Some(Log::Refused(reason, message)) => return Err((reason.clone(), message.clone())),
        None => match run {
            Run::Waiting(reason) if !options.previous => {
                let reason = match reason.as_str() {
                    "ImagePullBackOff" | "ErrImagePull" => "trying and failing to pull image",
                    "InvalidImageName" | "ErrImageNeverPull" => "image can't be pulled",
                    reason => reason,
                };
                return bad(format!("container \"{container}\" in pod \"{}\" is waiting to start: {reason}", pod.name));
            }
            Run::Absent if options.previous => {
                let message =
                    format!("previous terminated container \"{container}\" in pod \"{}\" not found", pod.name);
                return bad(message);
            }
            _ => ("", false),
        },
    };
    let (from, until) = match run {
        Run::Between(from, until) => (from, until.unwrap_or(cluster.now)),
        _ => (cluster.now, cluster.now),
    };
    Ok(select(&timed(text, has_times, from, until), cluster.now, options))
}

/// The run of a container that a log is of.
#[derive(Debug)]
enum Run {
    /// It started then, and perhaps ended.
    Between(Timestamp, Option<Timestamp>),
    /// It waits, for this reason, and no ended run is kept.
    Waiting(String),
    /// There was none.
    Absent,
}

impl Run {
    fn of(pod: &Object, container: &str, previous: bool) -> Run {
        let status = ["initContainerStatuses", "containerStatuses", "ephemeralContainerStatuses"]
            .iter()
            .flat_map(|list| pod.value["status"][*list].as_array().into_iter().flatten())
            .find(|status| status["name"] == container);
        let Some(status) = status else { return Run::Waiting("ContainerCreating".into()) };
        let time = |at: &Value| at.as_str().and_then(|text| text.parse::<Timestamp>().ok());
        let ended = |state: &Value| match &state["terminated"] {
            Value::Null => None,
            end => time(&end["startedAt"]).map(|from| Run::Between(from, time(&end["finishedAt"]))),
        };
        if previous {
            return ended(&status["lastState"]).unwrap_or(Run::Absent);
        }
        if let Some(from) = time(&status["state"]["running"]["startedAt"]) {
            return Run::Between(from, None);
        }
        // Of a container that waits for its next start the last run's log is kept.
        ended(&status["state"]).or_else(|| ended(&status["lastState"])).unwrap_or_else(|| {
            Run::Waiting(status["state"]["waiting"]["reason"].as_str().unwrap_or("ContainerCreating").to_string())
        })
    }
}

/// The lines with their times: recorded ones where the bundle was collected with them, else spread over the run.
fn timed(text: &str, recorded: bool, from: Timestamp, until: Timestamp) -> Vec<(Timestamp, &str)> {
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    if recorded {
        let parts = |line: &&'_ str| line.split_once(' ').and_then(|(stamp, _)| stamp.parse().ok()).unwrap_or(from);
        return lines.iter().map(|line| (parts(line), line.split_once(' ').map_or(*line, |(_, rest)| rest))).collect();
    }
    let span = until.duration_since(from).as_millis().max(0) as i64;
    let step = span / lines.len().max(1) as i64;
    lines
        .iter()
        .enumerate()
        .map(|(index, line)| {
            let after = SignedDuration::from_millis(step * index as i64 + 1);
            (from.checked_add(after).unwrap_or(from), *line)
        })
        .collect()
}

fn select(lines: &[(Timestamp, &str)], now: Timestamp, options: &Options) -> String {
    let oldest = options.since.map(|seconds| now.as_second() - seconds);
    let kept: Vec<_> =
        lines.iter().filter(|(time, _)| oldest.is_none_or(|oldest| time.as_second() >= oldest)).collect();
    let skip = options.tail.map_or(0, |tail| kept.len().saturating_sub(tail));
    let mut out = String::new();
    for (time, line) in &kept[skip..] {
        if options.timestamps {
            out.push_str(&time.strftime("%Y-%m-%dT%H:%M:%S.%9fZ ").to_string());
        }
        out.push_str(line);
    }
    if let Some(limit) = options.limit
        && out.len() > limit
    {
        let end = (0..=limit).rev().find(|at| out.is_char_boundary(*at)).unwrap_or(0);
        out.truncate(end);
    }
    out
}
