//! Static files: embedded in the binary, served under addresses that carry a hash of their content.
//!
//! Invariant: no path on disk comes from a request. A request's name is looked up in the list of files.

use std::{
    borrow::Cow,
    collections::HashMap,
    ffi::OsStr,
    fs,
    io::{self, Read as _},
    path::Path,
    sync::Arc,
};

use bytes::Bytes;
use data_encoding::HEXLOWER;
use include_dir::{Dir, include_dir};
use rocket::{State, fairing::AdHoc, get, http::ContentType};
use sha2::{Digest as _, Sha256};

use super::{
    forms::IfNoneMatch,
    reply::{Caching, Reply},
};

static EMBEDDED: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/static");

/// The folder of files on disk, beside the embedded ones.
const FOLDER: &str = "static";

/// The largest file of the folder that is served, in bytes.
const LARGEST: u64 = 16 << 20;

/// The static files of this process.
pub struct Assets {
    files: HashMap<String, File>,
    /// Development: the folder is read again at each request, and addresses have no hash.
    live: bool,
}

#[derive(Clone)]
struct File {
    content: Bytes,
    hash: String,
}

impl File {
    fn new(content: Bytes) -> Self {
        let digest = Sha256::digest(&content);
        let hash = HEXLOWER.encode(&digest[..8]);
        Self { content, hash }
    }
}

impl Assets {
    /// The embedded files with those of the folder `static` (an operator's own pictures). With `live`
    /// a file of the folder replaces an embedded one and is read at each request.
    pub fn load(live: bool) -> Self {
        let mut files: HashMap<String, File> = EMBEDDED
            .files()
            .filter_map(|file| Some((name(file.path())?, File::new(Bytes::from_static(file.contents())))))
            .collect();
        for entry in entries() {
            let Some(name) = name(&entry.path()) else { continue };
            if let Some(content) = content(&entry.path()) {
                files.entry(name).or_insert_with(|| File::new(content.into()));
            }
        }
        Self { files, live }
    }

    /// Whether there is such a file.
    pub fn contains(&self, name: &str) -> bool {
        self.files.contains_key(name)
    }

    /// The address of a file: with its hash, unless the folder is live or the file does not exist.
    pub fn address(&self, name: &str) -> String {
        match (self.files.get(name), name.rsplit_once('.')) {
            (Some(file), Some((stem, ending))) if !self.live => format!("/static/{stem}.{}.{ending}", file.hash),
            _ => format!("/static/{name}"),
        }
    }

    /// The file for the last part of an address, and whether that part has the hash of its content.
    fn find(&self, requested: &str) -> Option<(Cow<'_, File>, bool)> {
        if self.live
            && let Some(entry) = entries().find(|entry| name(&entry.path()).as_deref() == Some(requested))
            && let Some(content) = content(&entry.path())
        {
            return Some((Cow::Owned(File::new(content.into())), false));
        }
        if let Some(file) = self.files.get(requested) {
            return Some((Cow::Borrowed(file), false));
        }
        let (rest, ending) = requested.rsplit_once('.')?;
        let (stem, hash) = rest.rsplit_once('.')?;
        let file = self.files.get(&format!("{stem}.{ending}"))?;
        (file.hash == hash).then_some((Cow::Borrowed(file), true))
    }
}

/// The entries of the folder; none where it does not exist.
fn entries() -> impl Iterator<Item = fs::DirEntry> {
    fs::read_dir(FOLDER).into_iter().flatten().flatten()
}

/// The name under which a file is served; hidden files have none.
fn name(path: &Path) -> Option<String> {
    path.file_name().and_then(OsStr::to_str).filter(|name| !name.starts_with('.')).map(ToOwned::to_owned)
}

/// The content of a plain file of the folder, also behind a link. Reading anything else, such as a pipe, might never end.
fn content(path: &Path) -> Option<Vec<u8>> {
    let refuse = |why: String| {
        log::warn!("{} is not served: {why}", path.display());
        None
    };
    match read(path) {
        Ok(Some(content)) if content.len() as u64 > LARGEST => refuse(format!("it has more than {LARGEST} bytes")),
        Ok(content) => content,
        Err(error) => refuse(error.to_string()),
    }
}

/// At most one byte more than [`LARGEST`]; `None` where it is no file.
fn read(path: &Path) -> io::Result<Option<Vec<u8>>> {
    if !fs::metadata(path)?.is_file() {
        return Ok(None);
    }
    let mut content = Vec::new();
    fs::File::open(path)?.take(LARGEST + 1).read_to_end(&mut content)?;
    Ok(Some(content))
}

#[get("/static/<name>")]
pub fn asset(name: &str, assets: &State<Arc<Assets>>, known: IfNoneMatch<'_>) -> Option<Reply> {
    let (file, forever) = assets.find(name)?;
    let kind = ContentType::from_extension(name.rsplit('.').next().unwrap_or_default()).unwrap_or(ContentType::Binary);
    let caching = if forever { Caching::Forever } else { Caching::Asked };
    let etag = format!("\"{}\"", file.hash);
    Some(Reply::new(kind, file.into_owned().content).caching(caching).tagged(etag, &known))
}

#[get("/favicon.ico")]
pub fn favicon(assets: &State<Arc<Assets>>, known: IfNoneMatch<'_>) -> Option<Reply> {
    asset("favicon.svg", assets, known)
}

/// Serves the static files.
pub fn stage(assets: Arc<Assets>) -> AdHoc {
    AdHoc::on_ignite("static files", |rocket| async { rocket.manage(assets) })
}
