// What a server's certificate says of itself, for those who look before it is used.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/result.hpp"
#include "net/http_server.hpp"

namespace parley::net {

struct CertificateFacts {
  std::int64_t not_before = 0;  // seconds since 1970
  std::int64_t not_after = 0;
  // Does it name this host, or a wildcard for it?
  bool fits(const std::string& host) const;

  struct Certificate;
  std::shared_ptr<const Certificate> certificate;
};

// The first of the file; read with its key as a server would. Errors as a server's, naming the file and the
// fix. Blocks.
Result<CertificateFacts> read_certificate(const TlsFiles& files);

}  // namespace parley::net
