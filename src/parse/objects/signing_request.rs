//! CertificateSigningRequests of kubelets.
//!
//! ```yaml
//! kind: CertificateSigningRequest
//! metadata: {name: csr-8vnps, creationTimestamp: ...}
//! spec: {signerName: kubernetes.io/kubelet-serving, username: system:node:worker-3, request: LS0tLS1CRUdJTiBDRVJU...}
//! status: {}
//! ```
//! Whose certificate it is stands in the request, which is a PEM block in base64; a request to join the cluster is made in
//! the name of a bootstrap account.

use serde::Deserialize;

use super::context::{Condition, Context, Meta};
use super::leaf::{Field, Leaf, List};
use crate::model::When;
use crate::model::cluster::Facts;
use crate::model::signing_request::{Purpose, SigningRequest, SigningState};

/// A CertificateSigningRequest.
#[derive(Deserialize)]
#[serde(bound(deserialize = "L: Leaf<'de>"))]
pub(super) struct SigningRequestObject<L> {
    metadata: Field<Meta<L>>,
    spec: Field<Spec<L>>,
    status: Field<Status<L>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", bound(deserialize = "L: Leaf<'de>"))]
struct Spec<L> {
    signer_name: Option<L>,
    username: Option<L>,
    request: Option<L>,
}

#[derive(Deserialize)]
#[serde(bound(deserialize = "L: Leaf<'de>"))]
struct Status<L> {
    conditions: List<Field<Condition<L>>>,
    certificate: Option<L>,
}

impl<L> SigningRequestObject<L> {
    /// One that no kubelet made is not kept.
    pub(super) fn add<'c>(self, cx: &Context<'c>, facts: &mut Facts)
    where
        L: Leaf<'c>,
    {
        let meta = cx.open(&self.metadata, "metadata");
        let (Some(name), Some(spec)) = (cx.name(meta), cx.open(&self.spec, "spec")) else { return };
        let requestor = cx.string(&spec.username).unwrap_or_default();
        let signer = cx.said(&spec.signer_name);
        let signer_word = signer.as_ref().map(|signer| signer.value.as_str());
        let Some(purpose) = Purpose::of(signer_word, &requestor) else { return };
        let status = cx.open(&self.status, "status");
        let is = |kind: &str| {
            status.is_some_and(|status| {
                cx.each(&status.conditions, "status.conditions")
                    .any(|c| cx.string(&c.kind).is_some_and(|is| is == kind))
            })
        };
        let issued = status.is_some_and(|status| cx.word(&status.certificate).is_some_and(|text| !text.is_empty()));
        let state = match () {
            () if issued => SigningState::Issued,
            () if is("Denied") || is("Failed") => SigningState::Refused,
            () if is("Approved") => SigningState::Approved,
            () => SigningState::Pending,
        };
        let of_itself = SigningRequest::node_of(&requestor).map(str::to_owned);
        let place = signer.map_or_else(|| name.place.clone(), |signer| signer.place);
        facts.signing_requests.push(SigningRequest {
            node: of_itself.or_else(|| node_in(&cx.word(&spec.request)?)),
            created: meta.and_then(|meta| cx.timestamp(&meta.creation_timestamp)).map(When::At),
            name: name.value,
            purpose,
            requestor,
            state,
            place,
        });
    }
}

/// The node that a request is made for: its subject's common name is `system:node:NAME`.
fn node_in(request: &str) -> Option<String> {
    const SUBJECT: &[u8] = b"system:node:";
    let plain = |text: &str| text.split_whitespace().collect::<String>();
    let pem = data_encoding::BASE64.decode(plain(request).as_bytes()).ok()?;
    let pem = String::from_utf8(pem).ok()?;
    let body: String = pem.lines().filter(|line| !line.starts_with("-----")).collect();
    let der = data_encoding::BASE64.decode(plain(&body).as_bytes()).ok()?;
    let at = memchr::memmem::find(&der, SUBJECT)?;
    // The byte before a short text is its length.
    let length = usize::from(*der.get(at.checked_sub(1)?)?);
    let name = der.get(at + SUBJECT.len()..at.checked_add(length)?)?;
    let name = std::str::from_utf8(name).ok()?;
    let fits = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.');
    (!name.is_empty() && name.bytes().all(fits)).then(|| name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::node_in;

    #[test]
    fn the_node_stands_in_the_request() {
        let der = [&[0x30, 0x20, 0x0c, 0x14][..], b"system:node:worker-3", &[0x30, 0x59]].concat();
        let body = data_encoding::BASE64.encode(&der);
        let pem = format!("-----BEGIN CERTIFICATE REQUEST-----\n{body}\n-----END CERTIFICATE REQUEST-----\n");
        let request = data_encoding::BASE64.encode(pem.as_bytes());
        assert_eq!(node_in(&request).as_deref(), Some("worker-3"));
        for none in ["", "!", "AAAA", &data_encoding::BASE64.encode(b"system:node:")] {
            assert_eq!(node_in(none), None, "{none}");
        }
    }
}
