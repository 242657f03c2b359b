//! Object stores, through `object_store`: what is there, and its bytes as one stream.
//!
//! An object of a bucket is asked for in parts of [`PART`] bytes, of which [`AHEAD`] are under way while one is read, each
//! on the condition that it is still the object that was found. A file of a web server is one request, for not every
//! server knows parts; where it does, a broken one is taken up where it broke. Failures are tried again for up to a minute.
//! The requests live on a runtime of two threads of their own. Memory: four parts an open object.

use super::Object;
use crate::error::Error;
use futures_util::stream::{self, BoxStream, StreamExt, TryStreamExt};
use object_store::aws::AmazonS3Builder;
use object_store::gcp::GoogleCloudStorageBuilder;
use object_store::http::HttpBuilder;
use object_store::path::Path;
use object_store::{BackoffConfig, ClientOptions, GetOptions, ObjectMeta, ObjectStore, ObjectStoreExt, RetryConfig};
use std::collections::HashMap;
use std::io::{self, Read};
use std::sync::{Arc, LazyLock, Mutex, PoisonError};
use std::time::Duration;
use tokio::runtime::Runtime;
use tokio::sync::mpsc;
use url::{Host, Url};

/// Bytes of an object that are asked for at once.
const PART: u64 = 4 << 20;
/// Parts that are under way at once.
const AHEAD: usize = 2;
/// Pieces of a whole file that wait to be read; a web server's are small.
const PIECES: usize = 64;
/// A server that says nothing for so long is gone.
const SILENCE: Duration = Duration::from_secs(30);
/// The first bytes that may tell a format.
const START: u64 = 16;

/// A kind of store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    S3,
    Gs,
    Web,
}

/// An address, taken apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Address<'a> {
    whole: &'a str,
    kind: Kind,
    /// What has a store of its own: a bucket, or a file of a web server.
    bucket: &'a str,
    key: &'a str,
}

/// The objects that `address` means, in order.
pub(in crate::input) fn find(address: &str) -> Result<Vec<Object>, Error> {
    let found =
        Address::of(address).and_then(|address| if address.is_folder() { address.list() } else { address.one() });
    found.map_err(|source| Error::Input { path: address.to_owned(), source })
}

/// The first bytes of an object.
pub(in crate::input) fn start(object: &Object) -> io::Result<Vec<u8>> {
    if object.size == 0 {
        return Ok(Vec::new());
    }
    let mut start = Vec::new();
    Address::of(&object.address)?.open(START.min(object.size))?.take(START).read_to_end(&mut start)?;
    Ok(start)
}

/// The bytes of the object at `address`.
pub(in crate::input) fn open(address: &str) -> io::Result<impl Read + Send + 'static> {
    Address::of(address)?.open(u64::MAX)
}

impl<'a> Address<'a> {
    fn of(whole: &'a str) -> io::Result<Self> {
        let bucket = |kind, rest: &'a str| {
            let (bucket, key) = rest.split_once('/').unwrap_or((rest, ""));
            Address { whole, kind, bucket, key }
        };
        let address = match whole.split_once("://") {
            Some(("s3", rest)) => bucket(Kind::S3, rest),
            Some(("gs", rest)) => bucket(Kind::Gs, rest),
            _ => Address { whole, kind: Kind::Web, bucket: whole, key: "" },
        };
        if address.bucket.is_empty() {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "the name of a bucket was expected after //"));
        }
        Ok(address)
    }

    /// Whether it means all objects below it.
    fn is_folder(&self) -> bool {
        self.kind != Kind::Web && (self.key.is_empty() || self.key.ends_with('/'))
    }

    fn path(&self) -> io::Result<Path> {
        Path::parse(self.key).map_err(|e| io::Error::new(io::ErrorKind::InvalidInput, e.to_string()))
    }

    /// Its store, which is made once.
    fn store(&self) -> io::Result<Arc<dyn ObjectStore>> {
        static STORES: LazyLock<Mutex<HashMap<String, Arc<dyn ObjectStore>>>> = LazyLock::new(Mutex::default);
        let mut stores = STORES.lock().unwrap_or_else(PoisonError::into_inner);
        let name = &self.whole[..self.whole.len() - self.key.len()];
        if let Some(store) = stores.get(name) {
            return Ok(store.clone());
        }
        let store = self.new_store()?;
        stores.insert(name.to_owned(), store.clone());
        Ok(store)
    }

    fn new_store(&self) -> io::Result<Arc<dyn ObjectStore>> {
        // That another way to encrypt is installed already is as good.
        _ = rustls::crypto::ring::default_provider().install_default();
        let backoff =
            BackoffConfig { init_backoff: Duration::from_millis(100), max_backoff: Duration::from_secs(5), base: 2.0 };
        let retry = RetryConfig { backoff, max_retries: 6, retry_timeout: Duration::from_secs(60) };
        let made: object_store::Result<Arc<dyn ObjectStore>> = match self.kind {
            Kind::S3 => AmazonS3Builder::from_env()
                .with_bucket_name(self.bucket)
                .with_retry(retry)
                .build()
                .map(|store| Arc::new(store) as _),
            Kind::Gs => GoogleCloudStorageBuilder::from_env()
                .with_bucket_name(self.bucket)
                .with_retry(retry)
                .build()
                .map(|store| Arc::new(store) as _),
            Kind::Web => HttpBuilder::new()
                .with_url(self.bucket)
                .with_retry(retry)
                .with_client_options(web_options(self.bucket)?)
                .build()
                .map(|store| Arc::new(store) as _),
        };
        made.map_err(|error| self.told(&error))
    }

    /// The object that it names.
    fn one(&self) -> io::Result<Vec<Object>> {
        let (store, path) = (self.store()?, self.path()?);
        let meta = runtime()?.block_on(async {
            match self.kind {
                // Not every server answers a question for the head alone.
                Kind::Web => store.get(&path).await.map(|got| got.meta),
                Kind::S3 | Kind::Gs => store.head(&path).await,
            }
        });
        let meta = meta.map_err(|error| self.told(&error))?;
        let without_query = self.whole.split(['?', '#']).next().unwrap_or(self.whole);
        let name = if self.kind == Kind::Web { without_query } else { self.key };
        let below = name.rsplit('/').next().unwrap_or(name).to_owned();
        Ok(vec![Object { address: self.whole.to_owned(), below, size: meta.size }])
    }

    /// The objects below it.
    fn list(&self) -> io::Result<Vec<Object>> {
        let (store, folder) = (self.store()?, self.path()?);
        let folder = Some(&folder).filter(|folder| !folder.as_ref().is_empty());
        let listed = runtime()?.block_on(store.list(folder).try_collect::<Vec<ObjectMeta>>());
        let root = &self.whole[..self.whole.len() - self.key.len()];
        let root = if root.ends_with('/') { root.to_owned() } else { format!("{root}/") };
        let object = |meta: ObjectMeta| {
            let key = meta.location.as_ref();
            let below = key.strip_prefix(self.key)?.to_owned();
            let is_hidden = below.split('/').any(|part| part.starts_with(['.', '_']));
            (!is_hidden).then(|| Object { address: format!("{root}{key}"), below, size: meta.size })
        };
        let listed = listed.map_err(|error| self.told(&error))?;
        if listed.is_empty() {
            return Err(io::Error::new(io::ErrorKind::NotFound, "there is no object below it"));
        }
        let mut objects: Vec<Object> = listed.into_iter().filter_map(object).collect();
        objects.sort_unstable_by(|a, b| a.address.as_bytes().cmp(b.address.as_bytes()));
        Ok(objects)
    }

    /// Its bytes, at least the first `wanted`.
    fn open(&self, wanted: u64) -> io::Result<Reader> {
        let (store, path, runtime) = (self.store()?, self.path()?, runtime()?);
        let opened = runtime.block_on(async {
            match self.kind {
                Kind::Web => store
                    .get(&path)
                    .await
                    .map(|got| (got.meta.size, PIECES, got.into_stream().map_ok(Vec::from).boxed())),
                Kind::S3 | Kind::Gs => {
                    let meta = store.head(&path).await?;
                    let size = meta.size.min(wanted);
                    Ok((size, 1, parts(store, meta, size)))
                }
            }
        });
        let (left, waiting, pieces) = opened.map_err(|error| self.told(&error))?;
        let (sender, receiver) = mpsc::channel(waiting);
        runtime.spawn(pass(pieces, sender));
        Ok(Reader { address: self.whole.to_owned(), pieces: receiver, piece: Vec::new(), read: 0, left })
    }

    /// What went wrong, in words, with what may be done.
    fn told(&self, error: &object_store::Error) -> io::Error {
        use object_store::Error as E;
        let (who, place) = match self.kind {
            Kind::S3 => (
                "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY tell who asks, AWS_SKIP_SIGNATURE=true asks as nobody",
                "AWS_ENDPOINT_URL, AWS_REGION and AWS_ALLOW_HTTP tell where its server is",
            ),
            Kind::Gs => (
                "GOOGLE_APPLICATION_CREDENTIALS tells who asks, GOOGLE_SKIP_SIGNATURE=true asks as nobody",
                "GOOGLE_BASE_URL and GOOGLE_ALLOW_HTTP tell where its server is",
            ),
            Kind::Web => ("it may want a password or a signature", "is the address right?"),
        };
        let text = error.to_string();
        // Of a listing only the text tells the status.
        let is_missing = matches!(error, E::NotFound { .. }) || text.contains("404 Not Found");
        let is_denied = matches!(error, E::PermissionDenied { .. } | E::Unauthenticated { .. })
            || ["401 Unauthorized", "403 Forbidden"].iter().any(|status| text.contains(status));
        let (kind, words) = match error {
            _ if is_missing && self.kind == Kind::Web => (io::ErrorKind::NotFound, "nothing is there".to_owned()),
            _ if is_missing => {
                let words =
                    "there is no such object or bucket (all objects below a key are meant by one that ends with /)";
                (io::ErrorKind::NotFound, words.to_owned())
            }
            _ if is_denied => (io::ErrorKind::PermissionDenied, format!("access is denied: {who}")),
            _ if text.contains(OWN_MACHINE) => {
                (io::ErrorKind::PermissionDenied, format!("nobody is named who could ask: {who}"))
            }
            E::Precondition { .. } => (io::ErrorKind::Other, "it changed while it was read".to_owned()),
            error => (io::ErrorKind::Other, format!("{} ({place})", innermost(error))),
        };
        io::Error::new(kind, words)
    }
}

/// Where a machine of a cloud is told its own credentials, which is asked last.
const OWN_MACHINE: &str = "169.254.169.254";

/// The first line of what was wrong at the bottom of an error.
fn innermost(error: &object_store::Error) -> String {
    let mut source: &dyn std::error::Error = error;
    while let Some(inner) = source.source() {
        source = inner;
    }
    source.to_string().lines().next().unwrap_or_default().chars().take(200).collect()
}

/// How a web server is asked: for as long as it takes; what is not encrypted, only on this machine.
fn web_options(address: &str) -> io::Result<ClientOptions> {
    let invalid = |why: String| io::Error::new(io::ErrorKind::InvalidInput, why);
    let url = Url::parse(address).map_err(|e| invalid(e.to_string()))?;
    let is_own = match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    };
    if url.scheme() == "http" && !is_own {
        return Err(invalid("https:// was expected: http:// is for this machine alone".to_owned()));
    }
    Ok(ClientOptions::new().with_allow_http(is_own).with_timeout_disabled().with_read_timeout(SILENCE))
}

fn runtime() -> io::Result<&'static Runtime> {
    static RUNTIME: LazyLock<io::Result<Runtime>> = LazyLock::new(|| {
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).thread_name("objects").enable_all().build()
    });
    RUNTIME.as_ref().map_err(|e| io::Error::new(e.kind(), e.to_string()))
}

/// Bytes in order, some at a time.
type Pieces = BoxStream<'static, object_store::Result<Vec<u8>>>;

/// The first `size` bytes of an object in parts, of which some are under way at once.
fn parts(store: Arc<dyn ObjectStore>, meta: ObjectMeta, size: u64) -> Pieces {
    let part = move |start: u64| {
        let (store, path) = (store.clone(), meta.location.clone());
        let range = Some((start..size.min(start + PART)).into());
        let options = GetOptions { range, if_match: meta.e_tag.clone(), ..GetOptions::default() };
        // Each on its own, so that it goes on while nobody asks for it.
        let under_way = tokio::spawn(async move { store.get_opts(&path, options).await?.bytes().await });
        async move { under_way.await?.map(Vec::from) }
    };
    stream::iter((0..size).step_by(PART as usize)).map(part).buffered(AHEAD).boxed()
}

/// Hands pieces on, until one fails or nobody wants them.
async fn pass(mut pieces: Pieces, to: mpsc::Sender<object_store::Result<Vec<u8>>>) {
    while let Some(piece) = pieces.next().await {
        let is_last = piece.is_err();
        if to.send(piece).await.is_err() || is_last {
            return;
        }
    }
}

/// Reads an object.
struct Reader {
    address: String,
    pieces: mpsc::Receiver<object_store::Result<Vec<u8>>>,
    piece: Vec<u8>,
    /// Bytes of the piece that have been handed on.
    read: usize,
    /// Bytes of the object that are still to come.
    left: u64,
}

impl Read for Reader {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        while self.read == self.piece.len() {
            match self.pieces.blocking_recv() {
                Some(Ok(piece)) => (self.piece, self.read) = (piece, 0),
                Some(Err(error)) => return Err(Address::of(&self.address)?.told(&error)),
                None if self.left == 0 => return Ok(0),
                None => return Err(io::Error::other("it ends before its end")),
            }
        }
        let piece = &self.piece[self.read..];
        let filled = piece.len().min(into.len());
        into[..filled].copy_from_slice(&piece[..filled]);
        self.read += filled;
        self.left = self.left.saturating_sub(filled as u64);
        Ok(filled)
    }
}
