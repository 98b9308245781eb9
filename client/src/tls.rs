//! TLS: which certificates are trusted, and what a failed handshake means in plain words.

use std::{io, sync::Arc};

use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, Error, InvalidMessage, RootCertStore,
    SignatureScheme,
    client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature},
    pki_types::{CertificateDer, ServerName, UnixTime},
};

/// Which certificates are accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Trust {
    /// Those of the system's certificate authorities.
    #[default]
    System,
    /// Any certificate, for a server under development.
    Anyone,
}

/// The configuration names its provider: rustls panics if two providers are linked and none is installed.
pub(crate) fn config(trust: Trust) -> Result<ClientConfig, String> {
    let provider = Arc::new(ring::default_provider());
    let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .map_err(|error| error.to_string())?;
    if trust == Trust::Anyone {
        let verifier = Arc::new(AnyCertificate(provider));
        return Ok(builder.dangerous().with_custom_certificate_verifier(verifier).with_no_client_auth());
    }
    let mut roots = RootCertStore::empty();
    let (added, _) = roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    if added == 0 {
        return Err("this system has no trusted certificates to check a server with: install \
                    ca-certificates, or name a file with them in SSL_CERT_FILE"
            .into());
    }
    Ok(builder.with_root_certificates(roots).with_no_client_auth())
}

/// Explains a failed TLS handshake with a host.
pub(crate) fn explain(host: &str, error: &io::Error) -> String {
    match error.get_ref().and_then(|error| error.downcast_ref::<Error>()) {
        Some(Error::InvalidMessage(InvalidMessage::InvalidContentType)) => {
            format!("{host} does not speak TLS: without it, the address begins with ws:// or http://")
        }
        Some(Error::InvalidCertificate(error)) => {
            format!("the certificate of {host} is not accepted: {}", explain_certificate(error))
        }
        Some(Error::AlertReceived(alert)) => format!("{host} refused the TLS handshake ({alert:?})"),
        _ if error.kind() == io::ErrorKind::UnexpectedEof => {
            format!("{host} ended the connection during the TLS handshake")
        }
        _ => format!("the TLS handshake with {host} failed: {error}"),
    }
}

fn explain_certificate(error: &CertificateError) -> String {
    match error {
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => "it has expired".into(),
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            "it is not valid yet; is the clock of this machine right?".into()
        }
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            "it was issued for another name".into()
        }
        CertificateError::UnknownIssuer => {
            "it was not issued by an authority that this machine trusts; add the authority to the system's, or name \
             a file with it in SSL_CERT_FILE"
                .into()
        }
        CertificateError::Revoked => "it was revoked".into(),
        // rustls has no name for this error of its certificate library.
        other if format!("{other:?}").contains("CaUsedAsEndEntity") => {
            "it is a certificate authority's own, as `openssl req -x509` makes it; issue one for the server with \
             basicConstraints=CA:FALSE"
                .into()
        }
        other => other.to_string(),
    }
}

/// Accepts every certificate. The signatures of the handshake are still checked.
#[derive(Debug)]
struct AnyCertificate(Arc<CryptoProvider>);

impl ServerCertVerifier for AnyCertificate {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, cert, signed, &self.0.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, cert, signed, &self.0.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}

#[cfg(test)]
mod tests {
    use rustls::OtherError;

    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("CaUsedAsEndEntity")]
    struct CaUsedAsEndEntity;

    #[test]
    fn a_refused_certificate_is_explained_in_plain_words() {
        let other = CertificateError::Other(OtherError(Arc::new(CaUsedAsEndEntity)));
        for (error, words) in [
            (CertificateError::Expired, "expired"),
            (CertificateError::UnknownIssuer, "authority that this machine trusts"),
            (other, "CA:FALSE"),
        ] {
            let error = io::Error::new(io::ErrorKind::InvalidData, Error::InvalidCertificate(error));
            let explained = explain("example.org", &error);
            assert!(explained.contains(words) && !explained.contains("EndEntity"), "{explained}");
        }
    }
}
