//! What goes wrong, on demand.
//!
//! A fault is written `WHAT:RESOURCE[@NAMESPACE][*TIMES]`:
//!
//! | WHAT | |
//! | --- | --- |
//! | `forbidden` | 403, and access reviews say so |
//! | `not-found` | 404 |
//! | `429=SECONDS` | too many requests, with Retry-After |
//! | `500`, `503` | internal error, service unavailable |
//! | `slow=SECONDS` | answers only then |
//! | `drop` | closes the connection instead of an answer |
//! | `cut=BYTES` | closes it after so many bytes of the body |
//! | `expired` | 410 for every page of a list but the first |
//!
//! RESOURCE is `pods`, `pods/log`, `deployments.apps`, `discovery`, `version`, a group's discovery (`/metrics.k8s.io`), or
//! `*` for all resources. NAMESPACE empty (`@`) means the cluster scope: cluster-wide lists and objects without a namespace.
//! Without TIMES a fault stays.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

/// What happens.
#[derive(Debug, Clone, PartialEq)]
pub enum Does {
    /// 403
    Forbidden,
    /// 404
    NotFound,
    /// 429 with Retry-After, in seconds
    TooMany(u32),
    /// 500 or 503
    Fails(u16),
    /// waits
    Slow(Duration),
    /// no answer
    Drop,
    /// an answer that ends early
    Cut(usize),
    /// 410 for a continued list
    Expired,
}

/// One fault.
#[derive(Debug)]
pub struct Fault {
    /// What happens.
    pub does: Does,
    resource: String,
    namespace: Option<String>,
    left: AtomicU32,
}

impl Fault {
    /// Reads a fault as the module says.
    pub fn parse(written: &str) -> Result<Fault, String> {
        let wrong = || format!("`{written}`: expected WHAT:RESOURCE[@NAMESPACE][*TIMES]");
        let (what, rest) = written.split_once(':').ok_or_else(wrong)?;
        let (rest, times) = match rest.rsplit_once('*') {
            Some((rest, times)) if !times.is_empty() && !times.starts_with('@') => {
                (rest, times.parse().map_err(|_| wrong())?)
            }
            _ => (rest, u32::MAX),
        };
        let (resource, namespace) = match rest.split_once('@') {
            Some((resource, namespace)) => (resource, Some(namespace.to_string())),
            None => (rest, None),
        };
        let (what, number) = what.split_once('=').unwrap_or((what, ""));
        let seconds = || number.parse::<f64>().map_err(|_| wrong());
        let does = match what {
            "forbidden" => Does::Forbidden,
            "not-found" => Does::NotFound,
            "429" => Does::TooMany(seconds()? as u32),
            "500" => Does::Fails(500),
            "503" => Does::Fails(503),
            "slow" => Does::Slow(Duration::from_secs_f64(seconds()?)),
            "drop" => Does::Drop,
            "cut" => Does::Cut(number.parse().map_err(|_| wrong())?),
            "expired" => Does::Expired,
            _ => return Err(wrong()),
        };
        Ok(Fault { does, resource: resource.to_string(), namespace, left: AtomicU32::new(times) })
    }

    /// Whether it is about this.
    pub fn is_about(&self, resource: &str, namespace: &str) -> bool {
        let known = self.resource == resource || (self.resource == "*" && !resource.starts_with('/'));
        known && self.namespace.as_deref().is_none_or(|wanted| wanted == namespace)
    }

    /// Takes one of its times; false when they are used up.
    pub fn take(&self) -> bool {
        self.left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1)).is_ok()
    }
}
