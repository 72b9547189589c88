#include "net/trust.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>

#include "net/http_client.hpp"

namespace parley::net {
namespace {

// Never freed: clients of other threads may outlive static objects.
X509_STORE* process_trust() {
  static X509_STORE* const store = [] {
    X509_STORE* made = X509_STORE_new();
    // Without a bundle every server is refused, with a clear message then.
    X509_STORE_set_default_paths(made);
    ERR_clear_error();
    return made;
  }();
  return store;
}

}  // namespace

void use_process_trust(ssl_ctx_st* context) {
  SSL_CTX_set1_cert_store(context, process_trust());
}

Result<void> trust_authorities(const std::string& pem_file) {
  const int loaded = X509_STORE_load_file(process_trust(), pem_file.c_str());
  ERR_clear_error();
  if (loaded == 1) return {};
  return fail(Errc::invalid_argument, fmt::format("{} is not a readable PEM file of certificates", pem_file));
}

}  // namespace parley::net
