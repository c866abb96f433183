//! JSON values as the YAML that `kubectl` and `oc` write: block style, keys in their order, long words folded at column 80.

use std::fmt::Write;

use serde_json::Value;

/// Column at which the writer folds.
const WIDTH: usize = 80;

/// The whole document.
pub fn document(value: &Value) -> String {
    let mut text = String::new();
    block(value, 0, &mut text);
    text
}

fn block(value: &Value, indent: usize, text: &mut String) {
    match value {
        Value::Object(map) => {
            for (index, (key, value)) in map.iter().enumerate() {
                if index > 0 {
                    let _ = write!(text, "{:indent$}", "");
                }
                member(key, value, indent, text);
            }
        }
        Value::Array(list) => items(list, indent, text),
        other => scalar(other, indent, 0, text),
    }
}

fn member(key: &str, value: &Value, indent: usize, text: &mut String) {
    let key = if plain(key) { key.to_string() } else { single(key) };
    let _ = write!(text, "{key}:");
    match value {
        Value::Object(map) if !map.is_empty() => {
            let _ = write!(text, "\n{:1$}", "", indent + 2);
            block(value, indent + 2, text);
        }
        Value::Array(list) if !list.is_empty() => {
            // A list is indented as its key is.
            let _ = write!(text, "\n{:indent$}", "");
            items(list, indent, text);
        }
        other => {
            text.push(' ');
            scalar(other, indent, indent + key.len() + 2, text);
        }
    }
}

fn items(list: &[Value], indent: usize, text: &mut String) {
    for (index, item) in list.iter().enumerate() {
        if index > 0 {
            let _ = write!(text, "{:indent$}", "");
        }
        text.push_str("- ");
        match item {
            Value::Object(map) if !map.is_empty() => block(item, indent + 2, text),
            Value::Array(inner) if !inner.is_empty() => items(inner, indent + 2, text),
            other => scalar(other, indent, indent + 2, text),
        }
    }
}

/// One value and its line end. `column` is where it starts.
fn scalar(value: &Value, indent: usize, column: usize, text: &mut String) {
    let word = match value {
        Value::String(word) => word,
        Value::Object(_) => return text.push_str("{}\n"),
        Value::Array(_) => return text.push_str("[]\n"),
        other => {
            let _ = writeln!(text, "{other}");
            return;
        }
    };
    if word.contains('\n') && !word.chars().any(|c| c.is_control() && c != '\n') && !word.starts_with([' ', '\n']) {
        let strip = match (word.ends_with('\n'), word.ends_with("\n\n")) {
            (false, _) => "|-",
            (_, true) => "|+",
            _ => "|",
        };
        let _ = writeln!(text, "{strip}");
        for line in word.strip_suffix('\n').unwrap_or(word).split('\n') {
            match line {
                "" => text.push('\n'),
                line => {
                    let _ = writeln!(text, "{:1$}{line}", "", indent + 2);
                }
            }
        }
        return;
    }
    if word.chars().any(char::is_control) {
        let _ = writeln!(text, "{value}");
        return;
    }
    let quoted = if plain(word) { word.clone() } else { single(word) };
    let _ = writeln!(text, "{}", folded(&quoted, column, indent + 2));
}

/// Breaks at single blanks behind the width.
fn folded(words: &str, column: usize, indent: usize) -> String {
    let mut out = String::new();
    let mut at = column;
    let parts: Vec<&str> = words.split(' ').collect();
    for (index, part) in parts.iter().enumerate() {
        if index > 0 {
            let single = !part.is_empty() && !parts[index - 1].is_empty() && parts[index..].len() > 1;
            if at > WIDTH && single {
                let _ = write!(out, "\n{:indent$}", "");
                at = indent;
            } else {
                out.push(' ');
                at += 1;
            }
        }
        out.push_str(part);
        at += part.chars().count();
    }
    out
}

fn single(word: &str) -> String {
    format!("'{}'", word.replace('\'', "''"))
}

/// Whether a word stands without quotes and is read back as that word.
fn plain(word: &str) -> bool {
    let reserved = ["true", "false", "null", "yes", "no", "on", "off", "y", "n", "~", ""];
    let number = word.parse::<f64>().is_ok()
        || word.starts_with(|c: char| c.is_ascii_digit() || c == '+' || c == '-' || c == '.');
    !reserved.contains(&word.to_ascii_lowercase().as_str())
        && !number
        && !word.starts_with(|c: char| "!&*-?:[]{},#|>@`\"'% =".contains(c))
        && !word.contains(": ")
        && !word.contains(" #")
        && !word.ends_with([':', ' '])
}
