//! The values that a case gives to the pages' words. All of them may come from the bundle: they are made harmless here,
//! once, for Markdown and for a shell.

use std::collections::BTreeMap;

use minijinja::value::Value as Template;

use crate::text::visible;

/// One value.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// A text.
    Text(String),
    /// Several texts.
    List(Vec<String>),
    /// Named values.
    Map(BTreeMap<String, String>),
}

/// What stands in commands for a name that the bundle does not give.
pub const PLACEHOLDERS: [&str; 3] = ["NAMESPACE", "POD", "NODE"];

/// Values by name; a name that is not there is undefined in the templates.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Values(BTreeMap<String, Value>);

impl Values {
    /// Sets a free text: what could end a code span, start a tag, a link or a new line is written otherwise.
    pub fn text(&mut self, name: &str, value: impl AsRef<str>) {
        let value = harmless(value.as_ref());
        if !value.is_empty() {
            self.0.insert(name.to_string(), Value::Text(value));
        }
    }

    /// Sets a name that goes into commands: anything that Kubernetes does not allow in a name is left out, so that no
    /// command can be ended or extended by it.
    pub fn name(&mut self, name: &str, value: impl AsRef<str>) {
        let value = value.as_ref();
        if is_name(value) {
            self.0.insert(name.to_string(), Value::Text(value.to_string()));
        }
    }

    /// Sets a text made by this program.
    pub fn own(&mut self, name: &str, value: impl Into<String>) {
        self.0.insert(name.to_string(), Value::Text(value.into()));
    }

    /// Sets a list of names.
    pub fn names(&mut self, name: &str, values: &[String]) {
        let names: Vec<String> = values.iter().filter(|value| is_name(value)).cloned().collect();
        self.0.insert(name.to_string(), Value::List(names));
    }

    /// Sets named texts.
    pub fn map(&mut self, name: &str, values: BTreeMap<String, String>) {
        let values = values.into_iter().map(|(key, value)| (key, harmless(&value))).collect();
        self.0.insert(name.to_string(), Value::Map(values));
    }

    /// The values without the placeholders that stand for names in commands: a sentence has no use for `NAMESPACE`.
    pub fn of_sentences(&self) -> Values {
        let placeholder = |value: &Value| matches!(value, Value::Text(text) if PLACEHOLDERS.contains(&text.as_str()));
        Values(self.0.iter().filter(|(_, value)| !placeholder(value)).map(|(k, v)| (k.clone(), v.clone())).collect())
    }

    /// Takes over what this case does not know and another of the same workload does.
    pub fn fill(&mut self, other: &Values) {
        for (name, value) in &other.0 {
            self.0.entry(name.clone()).or_insert_with(|| value.clone());
        }
    }

    /// A text by name.
    pub fn get(&self, name: &str) -> Option<&str> {
        match self.0.get(name) {
            Some(Value::Text(text)) => Some(text),
            _ => None,
        }
    }

    /// Whether one of the values is this text.
    pub fn holds(&self, text: &str) -> bool {
        self.0.values().any(|value| match value {
            Value::Text(known) => known == text,
            Value::List(list) => list.iter().any(|known| known == text),
            Value::Map(map) => map.values().any(|known| known == text),
        })
    }

    /// For the template engine.
    pub fn template(&self) -> Template {
        Template::from_pairs(self.0.iter().map(|(name, value)| {
            let value = match value {
                Value::Text(text) => Template::from(text.clone()),
                Value::List(list) => Template::from(list.clone()),
                Value::Map(map) => Template::from_pairs(map.iter().map(|(key, value)| (key.clone(), value.clone()))),
            };
            (name.clone(), value)
        }))
    }
}

/// Whether a text can stand in a command as it is: the characters of names, images, paths and host names.
pub fn is_name(text: &str) -> bool {
    !text.is_empty()
        && text.len() <= 400
        && !text.starts_with('-')
        && text.chars().all(|c| c.is_ascii_alphanumeric() || "._-/:@".contains(c))
}

/// A text that cannot leave its place in Markdown: one line, no back-tick, no tag, no link.
pub fn harmless(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    visible(&line)
        .replace('`', "'")
        .replace('<', "\u{2039}")
        .replace('>', "\u{203a}")
        .replace("](", "] (")
        .replace("![", "! [")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_cannot_end_a_command() {
        let mut values = Values::default();
        values.name("pod", "web-1; rm -rf /");
        values.name("other", "web-1.$(x)");
        values.name("flag", "--all");
        values.name("good", "web-1");
        assert_eq!((values.get("pod"), values.get("other"), values.get("flag")), (None, None, None));
        assert_eq!(values.get("good"), Some("web-1"));
    }

    #[test]
    fn texts_stay_text() {
        assert_eq!(harmless("a`b<script>\n[x](y)"), "a'b\u{2039}script\u{203a} [x] (y)");
    }
}
