//! Renders the Markdown of organisers as safe HTML. Pure.
//!
//! Two protections, each sufficient alone: HTML in the text is shown as text, and the result is sanitised with a short
//! list of allowed elements.

use std::{
    collections::{HashMap, HashSet},
    sync::LazyLock,
};

use ammonia::{Builder, UrlRelative};
use pulldown_cmark::{Event, HeadingLevel, Parser, Tag, TagEnd, html};

/// How deep quotes, lists and emphasis may nest; of deeper ones only the text is kept.
const MAX_DEPTH: usize = 12;

static SANITISER: LazyLock<Builder<'static>> = LazyLock::new(|| {
    let mut sanitiser = Builder::empty();
    sanitiser
        .tags(HashSet::from([
            "p",
            "br",
            "em",
            "strong",
            "a",
            "ul",
            "ol",
            "li",
            "blockquote",
            "code",
            "pre",
            "hr",
            "h3",
            "h4",
            "h5",
            "h6",
        ]))
        .tag_attributes(HashMap::from([("a", HashSet::from(["href"])), ("ol", HashSet::from(["start"]))]))
        .generic_attributes(HashSet::new())
        .url_schemes(HashSet::from(["http", "https", "mailto"]))
        .url_relative(UrlRelative::Deny)
        .link_rel(Some("nofollow noopener noreferrer"));
    sanitiser
});

/// HTML for a text in CommonMark (spec 0.31.2). Headings begin at `h3`, pictures become their alternative text, and a line
/// break in the text is one in the HTML.
pub fn render(text: &str) -> String {
    let mut depth = 0;
    let events = Parser::new(text).filter_map(|event| match replaced(event)? {
        Event::Start(tag) => {
            depth += 1;
            (depth <= MAX_DEPTH).then_some(Event::Start(tag))
        }
        Event::End(tag) => {
            depth -= 1;
            (depth < MAX_DEPTH).then_some(Event::End(tag))
        }
        other => Some(other),
    });
    let mut page = String::new();
    html::push_html(&mut page, events);
    SANITISER.clean(&page).to_string()
}

/// The event that is rendered in place of this one.
fn replaced(event: Event<'_>) -> Option<Event<'_>> {
    Some(match event {
        Event::Html(text) | Event::InlineHtml(text) => Event::Text(text),
        Event::Start(Tag::HtmlBlock) => Event::Start(Tag::Paragraph),
        Event::End(TagEnd::HtmlBlock) => Event::End(TagEnd::Paragraph),
        Event::Start(Tag::Image { .. }) | Event::End(TagEnd::Image) => return None,
        Event::Start(Tag::Heading { level, .. }) => {
            Event::Start(Tag::Heading { level: lower(level), id: None, classes: Vec::new(), attrs: Vec::new() })
        }
        Event::End(TagEnd::Heading(level)) => Event::End(TagEnd::Heading(lower(level))),
        Event::SoftBreak => Event::HardBreak,
        other => other,
    })
}

/// Two levels lower, because the page has its own headings of the first two levels.
fn lower(level: HeadingLevel) -> HeadingLevel {
    match level {
        HeadingLevel::H1 => HeadingLevel::H3,
        HeadingLevel::H2 => HeadingLevel::H4,
        HeadingLevel::H3 => HeadingLevel::H5,
        _ => HeadingLevel::H6,
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::*;

    #[test]
    fn text_is_marked_up() {
        assert_eq!(render("one\ntwo"), "<p>one<br>\ntwo</p>\n");
        assert_eq!(render("# Why\n\n*Two* **cats**"), "<h3>Why</h3>\n<p><em>Two</em> <strong>cats</strong></p>\n");
        assert_eq!(render("- `a`\n- b"), "<ul>\n<li><code>a</code></li>\n<li>b</li>\n</ul>\n");
        assert_eq!(render("3. c"), "<ol start=\"3\">\n<li>c</li>\n</ol>\n");
        assert_eq!(render(""), "");
    }

    #[test]
    fn links_send_no_referrer() {
        let rel = "rel=\"nofollow noopener noreferrer\"";
        assert_eq!(
            render("[x](https://e.org/?a=1&b)"),
            format!("<p><a href=\"https://e.org/?a=1&amp;b\" {rel}>x</a></p>\n")
        );
        assert_eq!(render("[x](https://e.org '\" on=a()')"), format!("<p><a href=\"https://e.org\" {rel}>x</a></p>\n"));
        assert_eq!(render("<mailto:a@e.org>"), format!("<p><a href=\"mailto:a@e.org\" {rel}>mailto:a@e.org</a></p>\n"));
        assert_eq!(render("![A *cat*](https://e.org/cat.png)"), "<p>A <em>cat</em></p>\n");
    }

    #[test]
    fn html_is_shown_as_it_was_typed() {
        assert_eq!(render("<b>x</b> &amp; y"), "<p>&lt;b&gt;x&lt;/b&gt; &amp; y</p>\n");
        assert_eq!(render("<script>alert(1)</script>"), "<p>&lt;script&gt;alert(1)&lt;/script&gt;</p>\n");
    }

    #[test]
    fn no_script_runs_and_nothing_is_loaded() {
        let hostile = [
            "[x](javascript:alert(1))",
            "[x](JaVaScRiPt&colon;alert(1))",
            "[x](java&#10;script:alert(1))",
            "[x](data:text/html;base64,PHNjcmlwdD4=)",
            "[x](vbscript:x)",
            "[x](//evil.example/)",
            "[x](/session?_method=delete)",
            "[x]: javascript:alert(1)\n\n[x]",
            "<javascript:alert(1)>",
            "![x](javascript:alert(1))",
            "<a href=\"javascript:alert(1)\" onclick=alert(1)>x</a>",
            "<img src=x onerror=alert(1)>",
            "<iframe src=\"https://evil.example\"></iframe>",
            "<style>*{display:none}</style>",
            "<p style=\"position:fixed\">x</p>",
            "<svg/onload=alert(1)>",
            "```\"><script>alert(1)</script>\nx\n```",
            "<!-- --><script>alert(1)</script>",
            "<![CDATA[<script>alert(1)</script>]]>",
        ];
        for text in hostile {
            let page = render(text);
            for tag in page.split('<').skip(1).filter_map(|rest| rest.split('>').next()) {
                let harmless =
                    ["p", "/p", "br", "pre", "/pre", "code", "/code", "a rel=\"nofollow noopener noreferrer\"", "/a"];
                assert!(harmless.contains(&tag), "{text}: {page}");
            }
        }
    }

    #[test]
    fn hostile_texts_are_rendered_quickly() {
        let start = Instant::now();
        for bomb in
            [">", "[", "> ", "*a ", "*a _b ", "- ", "![", "`", "<", "&", "\\", "](", "1. ", "[a](", "<a ", "**_"]
        {
            let page = render(&bomb.repeat(10_000));
            assert!(page.matches("<blockquote>").count() <= MAX_DEPTH, "{bomb}");
            assert!(page.len() < 200_000, "{bomb}: {}", page.len());
        }
        assert!(start.elapsed() < Duration::from_secs(8), "{:?}", start.elapsed());
    }
}
