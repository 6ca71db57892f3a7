//! The fields of a form, as a browser reads them from a page and sends them.

use super::app::form;

/// Names and values, in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fields(pub Vec<(String, String)>);

impl Fields {
    /// What a browser would send of the form with this `id`, if its button were pressed on this page.
    pub fn of(page: &str, id: &str) -> Fields {
        let form = page.split(&format!(r#"<form class="form" id="{id}""#)).nth(1).expect("the form is there");
        let form = form.split("</form>").next().unwrap_or_default();
        let mut fields = Vec::new();
        let mut rest = form;
        while let Some(at) = rest.find('<') {
            rest = &rest[at + 1..];
            let end = rest.find('>').expect("a tag ends");
            let (tag, after) = (&rest[..end], &rest[end + 1..]);
            let name = attribute(tag, "name").unwrap_or_default();
            let kind = attribute(tag, "type").unwrap_or_default();
            let element = tag.split_whitespace().next().unwrap_or_default();
            match element {
                // It belongs to another form, which this one can't hold.
                _ if attribute(tag, "form").is_some_and(|other| other != id) => {}
                "input" if matches!(kind.as_str(), "radio" | "checkbox") && !tag.contains(" checked") => {}
                "input" => fields.push((name, attribute(tag, "value").unwrap_or_default())),
                "textarea" => {
                    let text = after.split("</textarea>").next().unwrap_or_default();
                    fields.push((name, unescape(text.strip_prefix('\n').unwrap_or(text))));
                }
                "select" => {
                    let options = after.split("</select>").next().unwrap_or_default();
                    let options: Vec<(&str, &str)> =
                        options.split("<option").skip(1).filter_map(|option| option.split_once('>')).collect();
                    let picked = options.iter().find(|(tag, _)| tag.contains(" selected"));
                    let text = picked.or(options.first()).and_then(|(_, rest)| rest.split('<').next());
                    fields.push((name, unescape(text.unwrap_or_default())));
                }
                _ => {}
            }
            rest = after;
        }
        Fields(fields)
    }

    /// The same with another value.
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Fields {
        match self.0.iter_mut().find(|(field, _)| field == name) {
            Some((_, old)) => *old = value.into(),
            None => self.0.push((name.into(), value.into())),
        }
        self
    }

    /// The same without a field, as a browser sends no box that is not ticked.
    #[must_use]
    pub fn without(mut self, name: &str) -> Fields {
        self.0.retain(|(field, _)| field != name);
        self
    }

    /// A value.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(field, _)| field == name).map(|(_, value)| value.as_str())
    }

    /// As the body of a request.
    pub fn body(&self) -> String {
        form(&self.0.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect::<Vec<_>>())
    }
}

fn attribute(tag: &str, name: &str) -> Option<String> {
    let value = tag.split(&format!(" {name}=\"")).nth(1)?.split('"').next()?;
    Some(unescape(value))
}

/// What escaped text reads.
pub fn unescape(text: &str) -> String {
    text.replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&#x27;", "'")
        .replace("&#39;", "'")
        .replace("&#x2F;", "/")
        .replace("&amp;", "&")
}
