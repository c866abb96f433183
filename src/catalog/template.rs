//! The templates in a page's words. A page gives words and nothing else: no file, no other template, no loop without end
//! and no text without bound can come of one.

use std::io::{self, Write};
use std::sync::LazyLock;

use minijinja::syntax::SyntaxConfig;
use minijinja::value::Value;
use minijinja::{Environment, Error, ErrorKind, UndefinedBehavior, filters, tests};

/// Instructions of one template.
const FUEL: u64 = 50_000;
/// Bytes that one template can become.
const MOST_BYTES: usize = 256 << 10;
/// The blocks that a template may have.
const TAGS: [&str; 8] = ["if", "elif", "else", "endif", "for", "endfor", "raw", "endraw"];

/// Made once: what it holds is constant.
static ENVIRONMENT: LazyLock<Environment<'static>> = LazyLock::new(|| {
    let mut environment = Environment::empty();
    environment.set_undefined_behavior(UndefinedBehavior::Chainable);
    environment.set_fuel(Some(FUEL));
    environment.set_recursion_limit(50);
    if let Ok(syntax) = SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build() {
        environment.set_syntax(syntax);
    }
    environment.add_filter("default", filters::default);
    environment.add_filter("first", filters::first);
    environment.add_filter("int", filters::int);
    environment.add_filter("join", join);
    environment.add_filter("last", filters::last);
    environment.add_filter("length", filters::length);
    environment.add_filter("lower", filters::lower);
    environment.add_filter("replace", replace);
    environment.add_filter("split", filters::split);
    environment.add_filter("trim", filters::trim);
    environment.add_filter("upper", filters::upper);
    environment.add_test("defined", tests::is_defined);
    environment.add_test("undefined", tests::is_undefined);
    environment
});

fn too_long() -> Error {
    Error::new(ErrorKind::InvalidOperation, format!("becomes longer than {MOST_BYTES} bytes"))
}

fn within(text: String) -> Result<String, Error> {
    if text.len() > MOST_BYTES { Err(too_long()) } else { Ok(text) }
}

fn replace(text: &str, from: &str, to: &str) -> Result<String, Error> {
    let places = if from.is_empty() { text.len() + 1 } else { text.matches(from).count() };
    if places.saturating_mul(to.len()).saturating_add(text.len()) > MOST_BYTES {
        return Err(too_long());
    }
    within(text.replace(from, to))
}

fn join(values: &Value, between: Option<&str>) -> Result<String, Error> {
    let mut text = String::new();
    for (index, value) in values.try_iter()?.enumerate() {
        if index > 0 {
            text.push_str(between.unwrap_or_default());
        }
        text.push_str(&value.to_string());
        text = within(text)?;
    }
    Ok(text)
}

/// What a template becomes, at most so many bytes.
#[derive(Default)]
struct Bounded(Vec<u8>);

impl Write for Bounded {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.0.len() + bytes.len() > MOST_BYTES {
            return Err(io::Error::other(too_long()));
        }
        self.0.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn fill(environment: &Environment<'_>, template: &str, values: Value) -> Result<String, Error> {
    let mut out = Bounded::default();
    environment.template_from_str(template)?.render_captured_to(values, &mut out)?;
    Ok(String::from_utf8_lossy(&out.0).into_owned())
}

fn is_plain(template: &str) -> bool {
    !template.contains("{{") && !template.contains("{%")
}

/// Fills a template with values; `None` where that fails.
pub fn render(template: &str, values: Value) -> Option<String> {
    if is_plain(template) {
        return Some(template.to_string());
    }
    fill(&ENVIRONMENT, template, values).ok()
}

/// The same, with back-ticks around the values for which `quoted` says so.
pub fn render_quoting(
    template: &str,
    values: Value,
    quoted: impl Fn(&str) -> bool + Send + Sync + 'static,
) -> Option<String> {
    if is_plain(template) {
        return Some(template.to_string());
    }
    let mut environment = ENVIRONMENT.clone();
    environment.set_formatter(move |out, state, value| match value.as_str() {
        Some(text) if quoted(text) => Ok(write!(out, "`{text}`")?),
        _ => minijinja::escape_formatter(out, state, value),
    });
    fill(&environment, template, values).ok()
}

/// What is wrong with a template: the line within it, from 1, and what.
pub fn check(template: &str) -> Result<(), (u64, String)> {
    let line_at = |at: usize| template[..at].matches('\n').count() as u64 + 1;
    let mut raw = false;
    for (at, _) in template.match_indices("{%") {
        let word: String = template[at + 2..]
            .trim_start_matches(['-', '+', ' ', '\t', '\n'])
            .chars()
            .take_while(|c| c.is_ascii_alphanumeric() || *c == '_')
            .collect();
        if raw && word != "endraw" {
            continue;
        }
        raw = word == "raw";
        if !TAGS.contains(&word.as_str()) {
            return Err((line_at(at), format!("`{{% {word} %}}` is not available; a page has {}", TAGS.join(", "))));
        }
    }
    for (opening, closing) in [("{{", "}}"), ("{%", "%}")] {
        for (at, _) in template.match_indices(opening) {
            let tag = &template[at..];
            let tag = &tag[..tag.find(closing).unwrap_or(tag.len())];
            if let Some(operator) = operator(tag) {
                let what = format!("`{operator}` is not available: write what is to stand there");
                return Err((line_at(at), what));
            }
        }
    }
    let environment: &Environment<'_> = &ENVIRONMENT;
    let compiled = environment.template_from_str(template).map_err(|error| fault(&error))?;
    let names = compiled.undeclared_variables(false);
    // Once with every value and once with none, so that both sides of most conditions are gone through.
    let all = Value::from_pairs(names.into_iter().map(|name| {
        let is_list = template.contains(&format!(" in {name} %}}")) || template.contains(&format!(" in {name}%}}"));
        let value = if is_list { Value::from(vec!["value"; 3]) } else { Value::from("value") };
        (name, value)
    }));
    for values in [all, Value::from(())] {
        fill(environment, template, values).map_err(|error| fault(&error))?;
    }
    Ok(())
}

/// An operator in a tag, outside its texts, that could make a text without bound.
fn operator(tag: &str) -> Option<char> {
    let mut quote = None;
    let mut escaped = false;
    for c in tag.chars() {
        match quote {
            Some(open) => {
                if !escaped && c == open {
                    quote = None;
                }
                escaped = c == '\\' && !escaped;
            }
            None if c == '"' || c == '\'' => quote = Some(c),
            None if c == '*' || c == '~' => return Some(c),
            None => {}
        }
    }
    None
}

fn fault(error: &Error) -> (u64, String) {
    let mut what = error.detail().map_or_else(|| error.kind().to_string(), str::to_string);
    if let Some(inner) = std::error::Error::source(error) {
        what = inner.to_string();
    }
    (error.line().unwrap_or(1) as u64, what.lines().next().unwrap_or_default().to_string())
}

#[cfg(test)]
mod tests_of_templates {
    use super::*;

    #[test]
    fn what_the_pages_use_works() {
        let values = || Value::from_pairs([("a", Value::from("x:y")), ("l", Value::from(vec!["p", "q"]))]);
        for (template, becomes) in [
            ("plain", "plain"),
            ("{% if a %}{{ a | replace(\":\", \" \") }}{% endif %}", "x y"),
            ("{% if a %}{{ a | split(\":\") | first }}{% endif %}", "x"),
            ("{{ l | join(\", \") }}{% if b is defined %}!{% endif %}", "p, q"),
            ("{% for one in l %}[{{ one | upper }}]{% endfor %}", "[P][Q]"),
            ("{{ b.c.d or \"NONE\" }}", "NONE"),
            ("{% raw %}{{ kept }}{% endraw %}", "{{ kept }}"),
        ] {
            assert_eq!(render(template, values()).as_deref(), Some(becomes), "{template}");
            assert_eq!(check(template), Ok(()), "{template}");
        }
    }

    #[test]
    fn a_template_is_words_only() {
        let long = "x".repeat(4000);
        let loops: String = "{% for a in l %}".repeat(20) + "x" + &"{% endfor %}".repeat(20);
        let grow = format!("{{{{ \"{long}\"{} }}}}", format!(" | replace(\"x\", \"{long}\")").repeat(20));
        for template in [loops.as_str(), &grow] {
            let values = Value::from_pairs([("l", Value::from(vec!["p"; 100]))]);
            assert_eq!(render(template, values), None);
        }
        for (template, line, word) in [
            ("a\n{% include \"/etc/passwd\" %}", 2, "`{% include %}` is not available"),
            ("{% set a = 1 %}", 1, "not available"),
            ("{{ \"a\" * 100000000 }}", 1, "`*` is not available"),
            ("a\n\n{{ a ~ a }}", 3, "`~` is not available"),
            ("{{ open", 1, "end of input"),
            ("a\n{% if a %}", 2, "end of"),
            ("{{ a | shout }}", 1, "shout"),
            ("{{ range(10) }}", 1, "not callable"),
            ("{{ a | replace(\":\", \" \") }}", 1, "not a string"),
        ] {
            let (at, what) = check(template).expect_err(template);
            assert_eq!(at, line, "{template}: {what}");
            assert!(what.contains(word), "{template}: {what}");
        }
        assert_eq!(check("{{ \"*~\" }} * ~"), Ok(()));
    }
}
