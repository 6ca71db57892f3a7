//! PostgreSQL: connecting with the `sslmode` that the address asks for, through rustls and without libpq.

use std::{fs::File, io::BufReader, sync::Arc, time::Duration};

use diesel::{ConnectionError, ConnectionResult};
use diesel_async::{AsyncPgConnection, SimpleAsyncConnection as _};
use rustls::{
    ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme,
    client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature},
    pki_types::{CertificateDer, ServerName, UnixTime, pem::PemObject as _},
};
use tokio_postgres::{
    Config, NoTls,
    config::{Host, SslMode},
};
use tokio_postgres_rustls::MakeRustlsConnect;

/// What the address says of TLS, beside what tokio-postgres reads itself.
#[derive(Debug, Default)]
pub struct Tls {
    /// `sslmode=verify-full` (or `verify-ca`, taken as the stricter `verify-full`).
    verify: bool,
    /// `sslrootcert`: a PEM file to trust instead of the system's store.
    root: Option<String>,
}

impl Tls {
    /// Whether the server must prove its name.
    pub fn verifies(&self) -> bool {
        self.verify || self.root.is_some()
    }
}

/// Reads a `postgres://` address. `verify-full`, `verify-ca`, `allow` and `sslrootcert`, which
/// tokio-postgres does not know, are taken out of it first.
///
/// # Errors
/// A sentence that does not show the address.
pub fn parse(url: &str) -> Result<(Config, Tls), String> {
    // As tokio-postgres reads it: a `?` before the `@` belongs to a password.
    let host = url.find('@').unwrap_or(0);
    let (main, query) = url[host..].find('?').map_or((url, ""), |at| (&url[..host + at], &url[host + at + 1..]));
    let mut tls = Tls::default();
    let mut pairs = Vec::new();
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        match pair.split_once('=') {
            Some(("sslmode", "verify-full" | "verify-ca")) => {
                tls.verify = true;
                pairs.push("sslmode=require");
            }
            Some(("sslmode", "allow")) => pairs.push("sslmode=prefer"),
            Some(("sslrootcert", file)) => tls.root = Some(file.replace("%2F", "/")).filter(|file| file != "system"),
            _ => pairs.push(pair),
        }
    }
    let mut config: Config = format!("{main}?{}", pairs.join("&")).parse().map_err(|e: tokio_postgres::Error| {
        let source = std::error::Error::source(&e).map(ToString::to_string);
        source.unwrap_or_else(|| e.to_string())
    })?;
    if config.get_hosts().is_empty() {
        return Err("it names no host".into());
    }
    if config.get_hosts().iter().any(|host| matches!(host, Host::Tcp(name) if name.contains('@'))) {
        return Err("an @ in a password is written %40".into());
    }
    config.application_name("urna");
    config.connect_timeout(Duration::from_secs(5));
    // A server that fell silent must not hold the ballot box.
    config.tcp_user_timeout(Duration::from_secs(10));
    Ok((config, tls))
}

/// Connects. A commit is durable on this connection even where the server's default says otherwise.
pub async fn connect(url: &str) -> ConnectionResult<AsyncPgConnection> {
    let bad = |e: String| ConnectionError::BadConnection(e);
    let (config, tls) = parse(url).map_err(bad)?;
    let mut conn = if config.get_ssl_mode() == SslMode::Disable {
        let (client, connection) = config.connect(NoTls).await.map_err(|e| bad(describe(&e)))?;
        AsyncPgConnection::try_from_client_and_connection(client, connection).await?
    } else {
        let connector = MakeRustlsConnect::new(tls_config(&tls).map_err(bad)?);
        let (client, connection) = config.connect(connector).await.map_err(|e| bad(describe(&e)))?;
        AsyncPgConnection::try_from_client_and_connection(client, connection).await?
    };
    conn.batch_execute(
        "SET timezone TO 'UTC';
         SET lock_timeout TO '5s';
         SELECT set_config('synchronous_commit', 'on', false)
          WHERE current_setting('synchronous_commit') IN ('off', 'local');",
    )
    .await
    .map_err(ConnectionError::CouldntSetupConfiguration)?;
    Ok(conn)
}

/// An error with its causes in one line: tokio-postgres keeps the telling part in the source.
fn describe(error: &tokio_postgres::Error) -> String {
    match std::error::Error::source(error) {
        Some(source) => format!("{error}: {source}"),
        None => error.to_string(),
    }
}

fn tls_config(tls: &Tls) -> Result<ClientConfig, String> {
    let provider = Arc::new(ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider.clone())
        .with_safe_default_protocol_versions()
        .map_err(|e| e.to_string())?;
    // As libpq does: `require` encrypts, and verifies only where a root is named.
    if !tls.verifies() {
        let encrypt_only = Arc::new(EncryptOnly(provider));
        return Ok(builder.dangerous().with_custom_certificate_verifier(encrypt_only).with_no_client_auth());
    }
    let mut roots = RootCertStore::empty();
    match &tls.root {
        Some(file) => {
            let unreadable = |e: &dyn std::fmt::Display| format!("sslrootcert {file}: {e}");
            let pem = File::open(file).map_err(|e| unreadable(&e))?;
            for certificate in CertificateDer::pem_reader_iter(BufReader::new(pem)) {
                roots.add(certificate.map_err(|e| unreadable(&e))?).map_err(|e| unreadable(&e))?;
            }
        }
        None => {
            roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        }
    }
    Ok(builder.with_root_certificates(roots).with_no_client_auth())
}

/// `sslmode=require`: the line is encrypted, the server's name is not checked; its signatures are.
#[derive(Debug)]
struct EncryptOnly(Arc<CryptoProvider>);

impl ServerCertVerifier for EncryptOnly {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(message, cert, dss, &self.0.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, cert, dss, &self.0.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}
