//! Problems: what is wrong with a form, field by field. The one contract of forms and their templates:
//!
//! A view has `problems`, a list of `{field, sentence}` that is empty when all is well, and the value of
//! each field as it was typed (never a password). Its page shows `<errors problems />` first, and each
//! `<field …/>` or `<textarea …/>` picks its own sentence from `problems`; an input's `id` is its `name`.
//! Answered with 422. The title begins with “Error:” by itself.

use std::fmt::Display;

use serde::Serialize;

/// What is wrong with a form, in the order of its fields.
#[derive(Debug, Default, Serialize)]
#[serde(transparent)]
pub struct Problems(Vec<Problem>);

#[derive(Debug, Serialize)]
struct Problem {
    field: String,
    sentence: String,
}

impl Problems {
    /// Says what is wrong with a field and what to do about it. An empty field is the form as a whole.
    pub fn add(&mut self, field: impl Into<String>, sentence: impl Display) {
        self.0.push(Problem { field: field.into(), sentence: sentence.to_string() });
    }

    /// The value, or `None` with its error added as the field's problem.
    pub fn take<T>(&mut self, field: &str, read: Result<T, impl Display>) -> Option<T> {
        read.map_err(|error| self.add(field, error)).ok()
    }

    /// Whether one of these fields has a problem.
    pub fn any_of(&self, fields: &[&str]) -> bool {
        self.0.iter().any(|problem| fields.contains(&problem.field.as_str()))
    }

    /// Whether all is well.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}
