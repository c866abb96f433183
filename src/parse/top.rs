//! `kubectl top pod` and `kubectl top node`: what a row says.
//!
//! ```text
//! NAME    CPU(cores)   CPU%   MEMORY(bytes)   MEMORY%
//! node1   117m         2%     1387Mi          18%
//! ```
//! `POD` and `NAME` head the columns of `top pod --containers`; `CPU(%)` stands for `CPU%` from kubectl 1.32 on. Rows are
//! found by [`table`](super::table); `<unknown>` and an absent cell are both "not stated".

use super::Section;
use super::table::shape::is_none;
use crate::model::{Facts, Usage};
use crate::text::Place;

/// Takes a row of `top` in; `cell` gives the cell under a column's name.
pub fn row<'l>(section: &Section<'_>, cell: &dyn Fn(&str) -> Option<&'l str>, place: Place, facts: &mut Facts) {
    let value = |name: &str| cell(name).filter(|value| !is_none(value)).map(str::to_owned);
    let percent = |name: &str, other: &str| {
        cell(name)
            .or_else(|| cell(other))
            .and_then(|value| value.strip_suffix('%'))
            .and_then(|value| value.parse().ok())
    };
    let (cpu_percent, memory_percent) = (percent("CPU%", "CPU(%)"), percent("MEMORY%", "MEMORY(%)"));
    let (name, container) = match cell("POD") {
        Some(pod) => (pod, cell("NAME").map(str::to_owned)),
        None => match cell("NAME") {
            Some(name) => (name, None),
            None => return,
        },
    };
    // Only nodes have percentages, even where they read `<unknown>`.
    let node = ["CPU%", "CPU(%)", "MEMORY%", "MEMORY(%)"].iter().any(|column| cell(column).is_some());
    let namespace = if node { None } else { value("NAMESPACE").or_else(|| section.hint.namespace.clone()) };
    facts.usages.push(Usage {
        namespace,
        name: name.to_owned(),
        container,
        node,
        cpu: value("CPU(CORES)"),
        memory: value("MEMORY(BYTES)"),
        cpu_percent,
        memory_percent,
        place,
    });
}
