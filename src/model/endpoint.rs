//! What a failed call names: a host and a port, and the objects of the cluster that the name may stand for.

/// A host with its port, where the text gives one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    /// Lower case, without brackets and final dot.
    pub host: String,
    /// The port as written.
    pub port: Option<String>,
}

/// An object that a name may stand for: its name, and its namespace where the name gives one.
pub type Candidate = (String, Option<String>);

impl Endpoint {
    /// Reads `scheme://user@host:port/path`, `host:port`, `host`, `[fd00::1]:5432`; `None` where there is no host.
    pub fn read(target: &str) -> Option<Endpoint> {
        let target = target.rsplit("://").next().unwrap_or(target);
        let target = target.rsplit('@').next().unwrap_or(target);
        let target = target.split(['/', ' ', ',', '?', ';', '\'', '"', '`']).find(|part| !part.is_empty())?;
        let (host, port) = match target.rsplit_once(':') {
            Some((host, port))
                if !port.is_empty()
                    && port.chars().all(|c| c.is_ascii_digit())
                    && (!host.contains(':') || host.ends_with(']')) =>
            {
                (host, Some(port.to_string()))
            }
            _ => (target, None),
        };
        let host = host.trim_start_matches('[').trim_end_matches([']', '.', ':']).to_ascii_lowercase();
        (!host.is_empty()).then_some(Endpoint { host, port })
    }

    /// Whether the host is an IP address and no name.
    pub fn is_address(&self) -> bool {
        self.host.parse::<core::net::IpAddr>().is_ok()
    }

    /// Whether the host is the pod itself.
    pub fn is_local(&self) -> bool {
        self.host == "localhost"
            || self.host.parse::<core::net::IpAddr>().is_ok_and(|ip| ip.is_loopback() || ip.is_unspecified())
    }

    /// The objects that the name may stand for, seen from a namespace: a Service, or a pod behind a headless one
    /// (`kafka-0.kafka.shop.svc`). Empty for an address and for a name outside of the cluster.
    pub fn candidates(&self, from: Option<&str>) -> Vec<Candidate> {
        if self.is_address() || self.is_local() {
            return Vec::new();
        }
        let labels: Vec<&str> = self.host.split('.').collect();
        let is_pod = |label: &str| {
            label.rsplit_once('-').is_some_and(|(_, end)| !end.is_empty() && end.chars().all(|c| c.is_ascii_digit()))
        };
        let own = from.map(str::to_string);
        let at = |name: &str, namespace: &str| (name.to_string(), Some(namespace.to_string()));
        match labels.as_slice() {
            [name] => vec![((*name).to_string(), own)],
            [pod, service] if is_pod(pod) => {
                vec![((*pod).to_string(), own.clone()), at(pod, service), ((*service).to_string(), own)]
            }
            [service, namespace] | [service, namespace, "svc", ..] => vec![at(service, namespace)],
            [pod, service, namespace] if is_pod(pod) => vec![at(pod, namespace), at(service, namespace)],
            [pod, service, namespace, "svc", ..] => vec![at(pod, namespace), at(service, namespace)],
            _ => Vec::new(),
        }
    }

    /// The domain of OpenShift's routes that the host is one of, all of which are one DNS record and one router:
    /// `*.apps.ocp.corp.example`.
    pub fn wildcard(&self) -> Option<String> {
        let (route, domain) = self.host.split_once(".apps.").filter(|_| !self.is_address())?;
        (!route.contains('.') && domain.contains('.')).then(|| format!("*.apps.{domain}"))
    }

    /// One spelling for one host: the cluster's short names with their namespace.
    pub fn spelled_from(&self, from: Option<&str>) -> String {
        match (self.candidates(from).last(), self.host.contains('.')) {
            (Some((name, Some(namespace))), _) if self.host.contains(".svc") || !self.host.contains('.') => {
                format!("{name}.{namespace}")
            }
            _ => self.host.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> (String, Option<String>) {
        let endpoint = Endpoint::read(text).expect("a host");
        (endpoint.host, endpoint.port)
    }

    #[test]
    fn hosts_and_ports() {
        let port = |port: &str| Some(port.to_string());
        assert_eq!(read("postgres://app@db.shop.svc:5432/x"), ("db.shop.svc".into(), port("5432")));
        assert_eq!(read("DB:5432"), ("db".into(), port("5432")));
        assert_eq!(read("db.shop.svc.cluster.local."), ("db.shop.svc.cluster.local".into(), None));
        assert_eq!(read("redis/10.0.0.1:6379"), ("redis".into(), None));
        assert_eq!(read("[fd00::1]:5432"), ("fd00::1".into(), port("5432")));
        assert_eq!(read("fd00::1"), ("fd00::1".into(), None));
        assert_eq!(Endpoint::read("/"), None);
    }

    #[test]
    fn names_of_the_cluster() {
        let of = |host: &str| Endpoint::read(host).expect("a host").candidates(Some("shop"));
        let pair = |name: &str, namespace: &str| (name.to_string(), Some(namespace.to_string()));
        assert_eq!(of("db"), [pair("db", "shop")]);
        assert_eq!(of("db.data"), [pair("db", "data")]);
        assert_eq!(of("db.data.svc.cluster.local"), [pair("db", "data")]);
        assert_eq!(of("kafka-0.kafka.data.svc"), [pair("kafka-0", "data"), pair("kafka", "data")]);
        assert_eq!(of("kafka-0.kafka"), [pair("kafka-0", "shop"), pair("kafka-0", "kafka"), pair("kafka", "shop")]);
        assert!(of("api.partner.example.com").is_empty() && of("10.0.0.7:80").is_empty() && of("localhost").is_empty());
    }

    #[test]
    fn one_target_has_one_spelling() {
        let spelled = |text: &str, from: &str| Endpoint::read(text).expect("a host").spelled_from(Some(from));
        assert_eq!(spelled("db:5432", "shop"), "db.shop");
        assert_eq!(spelled("db.shop.svc.cluster.local:5432", "web"), "db.shop");
        assert_eq!(spelled("db.example.com:5432", "web"), "db.example.com");
    }
}
