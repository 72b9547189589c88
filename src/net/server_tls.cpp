#include "net/server_tls.hpp"

#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>

#include <fmt/core.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>

namespace parley::net {
namespace {

using Key = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;

constexpr std::size_t kMaxFileBytes = 1024 * 1024;
// Forward secrecy and authenticated encryption only (RFC 9325 §4.2); TLS 1.3 has no others.
constexpr const char* kCiphers = "ECDHE+AESGCM:ECDHE+CHACHA20";

Result<std::string> read_file(const std::string& file, std::string_view setting) {
  errno = 0;
  std::ifstream stream(file, std::ios::binary);
  std::string text(kMaxFileBytes + 1, '\0');
  if (stream) stream.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (stream.gcount() == 0) {
    const int why = errno;
    return fail(why == ENOENT   ? Errc::not_found
                : why == EACCES ? Errc::permission_denied
                                : Errc::io,
                fmt::format("cannot read {} ({}): {} must name a PEM file that this program may read", file,
                            why == 0 ? "it is empty" : std::strerror(why), setting));
  }
  if (static_cast<std::size_t>(stream.gcount()) > kMaxFileBytes) {
    return fail(Errc::invalid_argument,
                fmt::format("{} is longer than {} bytes: that is no PEM file", file, kMaxFileBytes));
  }
  text.resize(static_cast<std::size_t>(stream.gcount()));
  return text;
}

// OpenSSL would ask for it on the terminal.
int no_passphrase(char*, int, int, void* asked) {
  *static_cast<bool*>(asked) = true;
  return -1;
}

Result<Key> read_key(const std::string& file, const std::string& text) {
  bool asked = false;
  const std::unique_ptr<BIO, decltype(&BIO_free)> bio(
      BIO_new_mem_buf(text.data(), static_cast<int>(text.size())), BIO_free);
  Key key(PEM_read_bio_PrivateKey(bio.get(), nullptr, &no_passphrase, &asked), EVP_PKEY_free);
  ERR_clear_error();
  if (key) return key;
  if (asked) {
    return fail(Errc::invalid_argument,
                fmt::format("the key in {0} is protected by a passphrase: take it off with 'openssl pkey -in "
                            "{0} -out …'",
                            file));
  }
  return fail(Errc::invalid_argument, fmt::format("{} holds no private key in PEM form", file));
}

int choose_protocol(SSL*, const unsigned char** chosen, unsigned char* length, const unsigned char* offered,
                    unsigned int offered_bytes, void*) {
  static constexpr unsigned char kHttp11[] = {8, 'h', 't', 't', 'p', '/', '1', '.', '1'};
  unsigned char* match = nullptr;
  if (SSL_select_next_proto(&match, length, kHttp11, sizeof kHttp11, offered, offered_bytes) !=
      OPENSSL_NPN_NEGOTIATED) {
    return SSL_TLSEXT_ERR_ALERT_FATAL;  // RFC 7301 §3.2
  }
  *chosen = match;
  return SSL_TLSEXT_ERR_OK;
}

}  // namespace

Result<std::shared_ptr<asio::ssl::context>> make_server_context(const TlsFiles& files) {
  if (files.key.empty()) {
    return fail(Errc::invalid_argument,
                fmt::format("the certificate {} has no key: name the key's file too", files.certificate));
  }
  const auto certificate = read_file(files.certificate, "the certificate's setting");
  if (!certificate) return fail(certificate.error());
  const auto key_text = read_file(files.key, "the key's setting");
  if (!key_text) return fail(key_text.error());
  const auto key = read_key(files.key, *key_text);
  if (!key) return fail(key.error());

  auto context = std::make_shared<asio::ssl::context>(asio::ssl::context::tls_server);
  SSL_CTX* native = context->native_handle();
  SSL_CTX_set_min_proto_version(native, TLS1_2_VERSION);
  SSL_CTX_set_options(native, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION);
  SSL_CTX_set_cipher_list(native, kCiphers);
  SSL_CTX_set_alpn_select_cb(native, &choose_protocol, nullptr);
  error_code ec;
  context->use_certificate_chain(asio::buffer(*certificate), ec);
  if (ec) {
    ERR_clear_error();
    return fail(Errc::invalid_argument,
                fmt::format("{} holds no certificate in PEM form", files.certificate));
  }
  const bool fits = X509_check_private_key(SSL_CTX_get0_certificate(native), key->get()) == 1 &&
                    SSL_CTX_use_PrivateKey(native, key->get()) == 1;
  ERR_clear_error();
  if (!fits) {
    return fail(Errc::invalid_argument,
                fmt::format("the key in {} does not belong to the certificate in {}: name the two files that "
                            "were made together",
                            files.key, files.certificate));
  }
  return context;
}

Result<void> ServerTls::load(const TlsFiles& files) {
  auto made = make_server_context(files);
  if (!made) return fail(made.error());
  const std::scoped_lock lock(mutex_);
  context_ = std::move(*made);
  return {};
}

std::shared_ptr<asio::ssl::context> ServerTls::current() const {
  const std::scoped_lock lock(mutex_);
  return context_;
}

}  // namespace parley::net
