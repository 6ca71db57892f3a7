//! PostgreSQL: connecting with the `sslmode` that the address asks for, through rustls and without libpq.

use std::{fs::File, io::BufReader, sync::Arc, time::Duration};

use diesel::{ConnectionError, ConnectionResult};
use diesel_async::{AsyncPgConnection, SimpleAsyncConnection as _};
use rocket::{
    futures::{FutureExt as _, future::select_ok},
    tokio::time::{sleep, timeout},
};
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

use super::liveness::Liveness;

/// The TLS options of the address that tokio-postgres does not read itself.
#[derive(Debug, Default)]
pub struct Tls {
    /// `sslmode=verify-full`, or `verify-ca`, which is treated as the stricter `verify-full`.
    verify: bool,
    /// `sslrootcert`: a PEM file of trusted certificates, in place of the system's store.
    root: Option<String>,
}

impl Tls {
    /// Whether the server's certificate and name are verified.
    pub fn verifies(&self) -> bool {
        self.verify || self.root.is_some()
    }
}

/// Parses a `postgres://` address. `verify-full`, `verify-ca`, `allow` and `sslrootcert`, which tokio-postgres does not
/// know, are replaced or removed first.
///
/// # Errors
/// A message that does not contain the address.
pub fn parse(url: &str) -> Result<(Config, Tls), String> {
    // A `?` before the `@` belongs to the password, as in tokio-postgres.
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
    // The ballot box must not wait longer for a server that sends nothing.
    config.tcp_user_timeout(Duration::from_secs(10));
    Ok((config, tls))
}

/// How long connecting to one host may take: TCP, TLS, startup and settings.
const HOST_TIMEOUT: Duration = Duration::from_secs(2);

/// How long after one host the next is tried as well, while none has answered.
const NEXT_HOST_DELAY: Duration = Duration::from_millis(300);

/// Connects to the first host that answers and has the requested `target_session_attrs`. Queries wait at most
/// `lock_wait` for a lock. `synchronous_commit` is turned on where the server has it off.
pub async fn connect(url: &str, liveness: &Liveness, lock_wait: Duration) -> ConnectionResult<AsyncPgConnection> {
    let (config, tls) = parse(url).map_err(ConnectionError::BadConnection)?;
    let hosts = split_hosts(&config);
    let tries = hosts.iter().enumerate().map(|(at, host)| {
        let delay = NEXT_HOST_DELAY * u32::try_from(at).unwrap_or(u32::MAX);
        let attempt = connect_to(host, &tls, liveness, lock_wait);
        async move {
            sleep(delay).await;
            timeout(HOST_TIMEOUT, attempt)
                .await
                .unwrap_or_else(|_| Err(ConnectionError::BadConnection("the server does not answer in time".into())))
        }
        .boxed()
    });
    Ok(select_ok(tries).await?.0)
}

/// A configuration with the same settings for each host, so that a host that hangs does not delay the next.
fn split_hosts(config: &Config) -> Vec<Config> {
    let (hosts, addresses, ports) = (config.get_hosts(), config.get_hostaddrs(), config.get_ports());
    let one = |(at, host): (usize, &Host)| {
        let mut one = Config::new();
        match host {
            Host::Tcp(name) => one.host(name),
            #[cfg(unix)]
            Host::Unix(folder) => one.host_path(folder),
        };
        addresses.get(at).map(|address| one.hostaddr(*address));
        ports.get(at).or(ports.first()).map(|port| one.port(*port));
        config.get_user().map(|user| one.user(user));
        config.get_password().map(|password| one.password(password));
        config.get_dbname().map(|name| one.dbname(name));
        config.get_options().map(|options| one.options(options));
        config.get_application_name().map(|name| one.application_name(name));
        config.get_tcp_user_timeout().map(|wait| one.tcp_user_timeout(*wait));
        config.get_keepalives_interval().map(|wait| one.keepalives_interval(wait));
        config.get_keepalives_retries().map(|retries| one.keepalives_retries(retries));
        one.keepalives(config.get_keepalives())
            .keepalives_idle(config.get_keepalives_idle())
            .ssl_mode(config.get_ssl_mode())
            .ssl_negotiation(config.get_ssl_negotiation())
            .channel_binding(config.get_channel_binding())
            .target_session_attrs(config.get_target_session_attrs())
            .connect_timeout(HOST_TIMEOUT);
        one
    };
    hosts.iter().enumerate().map(one).collect()
}

async fn connect_to(
    config: &Config,
    tls: &Tls,
    liveness: &Liveness,
    lock_wait: Duration,
) -> ConnectionResult<AsyncPgConnection> {
    let bad = |e: String| ConnectionError::BadConnection(e);
    let client = if config.get_ssl_mode() == SslMode::Disable {
        let (client, connection) = config.connect(NoTls).await.map_err(|e| bad(describe(&e)))?;
        liveness.spawn(connection);
        client
    } else {
        let connector = MakeRustlsConnect::new(tls_config(tls).map_err(bad)?);
        let (client, connection) = config.connect(connector).await.map_err(|e| bad(describe(&e)))?;
        liveness.spawn(connection);
        client
    };
    let mut conn = AsyncPgConnection::try_from(client).await?;
    conn.batch_execute(&format!(
        "SET timezone TO 'UTC';
         SET lock_timeout TO '{}ms';
         SELECT set_config('synchronous_commit', 'on', false)
          WHERE current_setting('synchronous_commit') IN ('off', 'local');",
        lock_wait.as_millis()
    ))
    .await
    .map_err(ConnectionError::CouldntSetupConfiguration)?;
    Ok(conn)
}

/// An error and its cause in one line: tokio-postgres puts the details into the cause.
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
    // As in libpq, `require` encrypts, and verifies only where a root certificate is given.
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

/// For `sslmode=require`: the connection is encrypted and signatures are checked, but not the server's certificate or
/// name.
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
