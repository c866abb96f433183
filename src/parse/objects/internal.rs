//! Objects as kubectl up to about 1.13 dumped them: its own Go types, keys in capitals, the metadata among the other keys.
//!
//! ```text
//! {"selfLink": "/api/v1/namespaces/shop/pods", "Items": [
//!   {"name": "web-1", "namespace": "shop", "Spec": {"Containers": [{"Name": "app"}]},
//!    "Status": {"Phase": "Running", "ContainerStatuses": [{"LastTerminationState": {"Terminated": null}}]}}]}
//! ```
//! They are spelled as the API spells them, byte for byte in place, so that every value keeps its line.

use super::scan::Scan;

/// The object in the API's spelling, and the byte from which it repeats itself: its metadata is the object itself.
pub(super) fn respelled(object: &str) -> Option<(String, usize)> {
    let mut bytes = object.as_bytes().to_vec();
    let mut at = 0;
    // Every text that a colon follows is a key.
    while let Some(start) = memchr::memchr(b'"', bytes.get(at..)?).map(|found| at + found) {
        let mut scan = Scan::new(object, start);
        scan.value().ok()?;
        let end = scan.at;
        let behind = object.get(end..)?.trim_start();
        if behind.starts_with(':') {
            lower_first_word(bytes.get_mut(start + 1..end.checked_sub(1)?)?);
        }
        at = end;
    }
    let spelled = String::from_utf8(bytes).ok()?;
    let body = spelled.trim_end().strip_suffix('}')?.to_owned();
    let mut whole = body;
    whole.push_str(",\"metadata\":");
    let from = whole.len();
    whole.push_str(&spelled);
    whole.push('}');
    Some((whole, from))
}

/// `HTTPGet` as `httpGet`, `Name` as `name`, `UID` as `uid`.
fn lower_first_word(key: &mut [u8]) {
    let capitals = key.iter().take_while(|byte| byte.is_ascii_uppercase()).count();
    let word = match key.get(capitals) {
        Some(next) if next.is_ascii_lowercase() && capitals > 1 => capitals - 1,
        _ => capitals,
    };
    key[..word].make_ascii_lowercase();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_spelled_as_the_api_does() {
        let text =
            r#"{"name":"a","Spec":{"HTTPGet":null,"Containers":[{"Name":"Big: \"Value\"","ImageID":"X"}]},"UID":"U"}"#;
        let (whole, from) = respelled(text).expect("it is an object");
        assert!(whole.starts_with(r#"{"name":"a","spec":{"httpGet":null,"containers":[{"name":"Big: \"Value\"","imageID":"X"}]},"uid":"U","metadata":{"name":"a""#));
        assert_eq!(&whole[from..from + 11], r#"{"name":"a""#);
        assert_eq!(respelled("{\"a"), None);
    }
}
