// Inside this room only: whom our clients believe. One store for the process: the system's bundle has 140
// certificates, and reading them for every connection would hold the loop up for milliseconds.
#pragma once

struct ssl_ctx_st;

namespace parley::net {

// Makes the context verify against the process's store. Any thread.
void use_process_trust(ssl_ctx_st* context);

}  // namespace parley::net
