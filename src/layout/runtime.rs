//! Logs as the kubelet and the container runtime keep them on a node, wherever a collector copied them to.
//!
//! ```text
//! pods/shop_web-7d4b9c6f5d-x7k2z_1c96.../app/3.log          /var/log/pods: namespace, pod, uid; the number counts restarts
//! containers/web-7d4b9c6f5d-x7k2z_shop_app-9f2e....log      /var/log/containers: pod, namespace, container, its id
//! ```
//! `kind export logs`, EKS' log collector and sosreport keep them so, beside the logs of the node's services. Both name the
//! same files, and often both are copied: `load` keeps one of two copies.

use super::log;
use crate::artifact::{Hint, LogRun};

/// What a path of the runtime's own says; `None` for any other path.
pub fn place(parts: &[&str]) -> Option<Hint> {
    match parts {
        [.., pod, container, name] if attempt(name).is_some() && is_uid(pod.rsplit('_').next()?) => {
            let mut words = pod.split('_');
            let (namespace, pod, None) = (words.next()?, words.next()?, words.nth(1)) else { return None };
            Some(Hint { attempt: attempt(name), ..log(namespace, pod, container, LogRun::Unknown) })
        }
        [.., name] => {
            let mut words = name.split_once(container_id(name)?)?.0.strip_suffix('-')?.split('_');
            let (pod, namespace, container, None) = (words.next()?, words.next()?, words.next()?, words.next()) else {
                return None;
            };
            Some(log(namespace, pod, container, LogRun::Unknown))
        }
        [] => None,
    }
}

/// The container's id at the end of `web-7d4b9c6f5d-x7k2z_shop_app-9f2e....log`.
pub fn container_id(path: &str) -> Option<&str> {
    let (rest, id) = path.strip_suffix(".log")?.rsplit_once('-')?;
    let is_id = id.len() == 64 && id.bytes().all(|b| b.is_ascii_hexdigit());
    (is_id && rest.rsplit('/').next()?.matches('_').count() == 2).then_some(id)
}

/// The number in `3.log`.
fn attempt(name: &str) -> Option<u64> {
    name.strip_suffix(".log")?.parse().ok()
}

/// `1c96a0b2-...`, or the digest that a static pod has in its place.
fn is_uid(word: &str) -> bool {
    word.len() >= 32 && word.bytes().all(|b| b.is_ascii_hexdigit() || b == b'-')
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Namespace, pod, container, attempt.
    type Whose = (Option<String>, Option<String>, Option<String>, Option<u64>);

    fn of(path: &str) -> Option<Whose> {
        let hint = place(&path.split('/').collect::<Vec<_>>())?;
        Some((hint.namespace, hint.pod, hint.container, hint.attempt))
    }

    #[test]
    fn pods_and_containers() {
        let some = |word: &str| Some(word.to_string());
        let id = "0123456789abcdef".repeat(4);
        assert_eq!(
            of("logs/kind-worker/pods/shop_web-0_1c96a0b2-1111-4222-8333-944455556666/app/3.log"),
            Some((some("shop"), some("web-0"), some("app"), Some(3)))
        );
        assert_eq!(
            of("var_log/kube-system_etcd-n1_0123456789abcdef0123456789abcdef/etcd/0.log"),
            Some((some("kube-system"), some("etcd-n1"), some("etcd"), Some(0)))
        );
        assert_eq!(
            of(&format!("logs/kind-worker/containers/web-0_shop_app-{id}.log")),
            Some((some("shop"), some("web-0"), some("app"), None))
        );
        for path in ["logs/shop/web-1/app.log", "a_b_c/app/3.log", "shop_web_app-1.log", "3.log", ""] {
            assert_eq!(of(path), None, "{path}");
        }
    }
}
