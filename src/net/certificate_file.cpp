#include "net/certificate_file.hpp"

#include <ctime>

#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include "net/server_tls.hpp"

namespace parley::net {

// Holds the context that owns it.
struct CertificateFacts::Certificate {
  std::shared_ptr<asio::ssl::context> owner;
  X509* x509 = nullptr;
};

namespace {

std::int64_t seconds_of(const ASN1_TIME* time) {
  std::tm parts{};
  if (ASN1_TIME_to_tm(time, &parts) != 1) return 0;
  return ::timegm(&parts);
}

}  // namespace

bool CertificateFacts::fits(const std::string& host) const {
  return X509_check_host(certificate->x509, host.data(), host.size(), 0, nullptr) == 1 ||
         X509_check_ip_asc(certificate->x509, host.c_str(), 0) == 1;
}

Result<CertificateFacts> read_certificate(const TlsFiles& files) {
  auto context = make_server_context(files);
  if (!context) return fail(std::move(context.error()));
  X509* const x509 = SSL_CTX_get0_certificate((*context)->native_handle());
  if (x509 == nullptr) return fail(Errc::invalid_argument, files.certificate + " holds no certificate");
  CertificateFacts facts;
  facts.not_before = seconds_of(X509_get0_notBefore(x509));
  facts.not_after = seconds_of(X509_get0_notAfter(x509));
  facts.certificate =
      std::make_shared<const CertificateFacts::Certificate>(CertificateFacts::Certificate{*context, x509});
  return facts;
}

}  // namespace parley::net
