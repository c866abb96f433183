//! Certificates that kubelets ask for.

use super::time::When;
use crate::text::Place;

/// A CertificateSigningRequest of a kubelet.
#[derive(Debug, Clone, PartialEq)]
pub struct SigningRequest {
    /// metadata.name
    pub name: String,
    /// What the certificate is for.
    pub purpose: Purpose,
    /// spec.username, or REQUESTOR.
    pub requestor: String,
    /// The node, as far as requestor or request name it.
    pub node: Option<String>,
    /// metadata.creationTimestamp, or AGE.
    pub created: Option<When>,
    /// How far it got.
    pub state: SigningState,
    /// The line of the signer, or the row.
    pub place: Place,
}

/// What a kubelet needs a certificate for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Purpose {
    /// To speak to the API server.
    Client,
    /// To be spoken to: logs, exec, metrics.
    Serving,
}

/// How far a request got.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SigningState {
    /// Nobody has decided.
    Pending,
    /// Approved and not signed yet.
    Approved,
    /// Signed.
    Issued,
    /// Denied, or the signer failed.
    Refused,
}

impl Purpose {
    /// By signer and requestor; `None` where it is no kubelet's, or where an old output does not say what it is for.
    pub fn of(signer: Option<&str>, requestor: &str) -> Option<Purpose> {
        let joins = requestor.starts_with("system:bootstrap") || requestor.ends_with(":node-bootstrapper");
        match signer {
            Some("kubernetes.io/kube-apiserver-client-kubelet") => Some(Purpose::Client),
            Some("kubernetes.io/kubelet-serving") => Some(Purpose::Serving),
            Some(_) => None,
            None => joins.then_some(Purpose::Client),
        }
    }
}

impl SigningRequest {
    /// The node whose kubelet signs on as this user: `worker-3` of `system:node:worker-3`.
    pub fn node_of(requestor: &str) -> Option<&str> {
        requestor.strip_prefix("system:node:").filter(|name| !name.is_empty())
    }
}
