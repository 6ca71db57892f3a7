//! Views: Tera with the templates, embedded or from a folder that is read again when it changes.

use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
    time::SystemTime,
};

use include_dir::{Dir, DirEntry, include_dir};
use serde::Serialize;
use tera::{Context, Kwargs, Tera};

use super::assets::Assets;
use crate::config::Limits;

static EMBEDDED: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/templates");

/// The endings of templates; in all, values are escaped.
const ESCAPED: [&str; 2] = [".html", ".svg"];

/// Where the templates lie on disk.
const FOLDER: &str = "templates";

/// The templates: embedded, or a folder that is read again when it changes. A clone has the same ones.
#[derive(Clone)]
pub struct Views {
    assets: Arc<Assets>,
    operator: Operator,
    loaded: Arc<Mutex<Loaded>>,
    /// Development: the folder, where it is there.
    folder: Option<PathBuf>,
}

struct Loaded {
    tera: Arc<Tera>,
    changed: Option<SystemTime>,
}

/// What templates tell of the operator: `operator(part="name")`, `privacy`, `help` or `url`, the public address of the
/// site; each empty where it is not set.
#[derive(Debug, Clone, Default)]
pub struct Operator {
    name: String,
    privacy: String,
    help: String,
    url: String,
}

impl From<&Limits> for Operator {
    fn from(limits: &Limits) -> Self {
        let Limits { operator, privacy_url, help_url, url, .. } = limits;
        Self { name: operator.clone(), privacy: privacy_url.clone(), help: help_url.clone(), url: url.clone() }
    }
}

/// The templates of one moment.
pub struct Templates(Arc<Tera>);

impl Templates {
    /// Draws a page.
    ///
    /// # Errors
    /// [`ViewError`] for a template with a mistake.
    pub fn render(&self, template: &str, view: &impl Serialize) -> Result<String, ViewError> {
        Ok(self.0.render(template, &Context::from_serialize(view)?)?)
    }
}

/// Why a page could not be drawn.
#[derive(Debug, thiserror::Error)]
pub enum ViewError {
    /// The template has a mistake.
    #[error("template: {0}")]
    Template(#[from] tera::Error),
    /// What a page shows can't be written.
    #[error("JSON: {0}")]
    Json(#[from] serde_json::Error),
    /// The folder can't be read.
    #[error("the folder of templates: {0}")]
    Folder(#[from] io::Error),
}

impl Views {
    /// Loads the templates; with `live`, from the folder `templates` where it is there.
    ///
    /// # Errors
    /// [`ViewError`] for a template with a mistake.
    pub fn load(assets: Arc<Assets>, operator: Operator, live: bool) -> Result<Self, ViewError> {
        let folder = Some(PathBuf::from(FOLDER)).filter(|folder| live && folder.is_dir());
        let loaded = match &folder {
            Some(folder) => from_folder(folder, &assets, &operator)?,
            None => Loaded { tera: Arc::new(tera(embedded(&EMBEDDED), &assets, &operator)?), changed: None },
        };
        Ok(Self { assets, operator, loaded: Arc::new(Mutex::new(loaded)), folder })
    }

    /// Whether templates may change while the server runs, so that no drawn page can be cached.
    pub fn may_change(&self) -> bool {
        self.folder.is_some()
    }

    /// Draws a page.
    ///
    /// # Errors
    /// [`ViewError`] for a template with a mistake.
    pub fn render(&self, template: &str, view: &impl Serialize) -> Result<String, ViewError> {
        self.templates()?.render(template, view)
    }

    /// The templates as they are now, to draw with on another thread.
    ///
    /// # Errors
    /// [`ViewError`] for a template with a mistake.
    pub fn templates(&self) -> Result<Templates, ViewError> {
        Ok(Templates(self.tera()?))
    }

    fn tera(&self) -> Result<Arc<Tera>, ViewError> {
        let mut loaded = self.loaded.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(folder) = &self.folder
            && newest(folder)? != loaded.changed
        {
            *loaded = from_folder(folder, &self.assets, &self.operator)?;
        }
        Ok(loaded.tera.clone())
    }
}

fn tera(templates: Vec<(String, String)>, assets: &Arc<Assets>, operator: &Operator) -> Result<Tera, tera::Error> {
    let mut tera = Tera::new();
    tera.autoescape_on(ESCAPED.to_vec());
    let (assets, operator) = (assets.clone(), operator.clone());
    tera.register_function("asset", move |kwargs: Kwargs, _: &tera::State| -> tera::TeraResult<String> {
        Ok(assets.address(kwargs.must_get::<&str>("path")?))
    });
    tera.register_function("operator", move |kwargs: Kwargs, _: &tera::State| -> tera::TeraResult<String> {
        let part = match kwargs.must_get::<&str>("part")? {
            "privacy" => &operator.privacy,
            "help" => &operator.help,
            "url" => &operator.url,
            "name" => &operator.name,
            other => return Err(tera::Error::message(format!("operator has no part “{other}”"))),
        };
        Ok(part.clone())
    });
    tera.add_raw_templates(templates)?;
    Ok(tera)
}

fn embedded(dir: &Dir<'_>) -> Vec<(String, String)> {
    dir.entries()
        .iter()
        .flat_map(|entry| match entry {
            DirEntry::Dir(dir) => embedded(dir),
            DirEntry::File(file) => {
                let name = file.path().to_string_lossy().into_owned();
                vec![(name, file.contents_utf8().unwrap_or_default().to_owned())]
            }
        })
        .collect()
}

fn from_folder(folder: &Path, assets: &Arc<Assets>, operator: &Operator) -> Result<Loaded, ViewError> {
    let changed = newest(folder)?;
    let templates = files(folder)?
        .into_iter()
        .map(|path| {
            let name = path.strip_prefix(folder).unwrap_or(&path).to_string_lossy().into_owned();
            Ok((name, fs::read_to_string(path)?))
        })
        .collect::<io::Result<_>>()?;
    Ok(Loaded { tera: Arc::new(tera(templates, assets, operator)?), changed })
}

fn files(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            found.extend(files(&path)?);
        } else if ESCAPED.iter().any(|ending| path.to_string_lossy().ends_with(ending)) {
            found.push(path);
        }
    }
    Ok(found)
}

fn newest(folder: &Path) -> io::Result<Option<SystemTime>> {
    let mut newest = None;
    for path in files(folder)? {
        newest = newest.max(Some(path.metadata()?.modified()?));
    }
    Ok(newest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_template_is_whole() {
        let assets = Arc::new(Assets::load(false));
        Views::load(assets, Operator::default(), false).unwrap();
    }

    #[test]
    fn only_what_is_known_of_the_operator_can_be_asked_for() {
        let operator = Operator { name: "Town".into(), ..Operator::default() };
        let drawn = |part: &str| {
            let template = format!("{{{{ operator(part=\"{part}\") }}}}");
            let tera = tera(vec![("it".into(), template)], &Arc::new(Assets::load(false)), &operator).unwrap();
            tera.render("it", &tera::Context::new()).ok()
        };
        assert_eq!((drawn("name"), drawn("help")), (Some("Town".into()), Some(String::new())));
        assert_eq!(drawn("nmae"), None);
    }
}
