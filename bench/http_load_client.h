#pragma once

// The clients of http_load: bodies of whole lines over keep-alive connections, all in one thread.
// What goes wrong ends the process with a message.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace pagepulse {

[[noreturn]] void Fail(std::string_view what);
[[noreturn]] void FailSystem(std::string_view what);  // with what errno says

struct Request {
  std::string header;
  std::string_view body;
  uint32_t lines = 0;

  size_t size() const { return header.size() + body.size(); }
};

// The text in bodies of whole lines, each the nearest to `body_bytes` from above. Views the text.
std::vector<Request> CutRequests(std::string_view text, size_t body_bytes,
                                 const std::string& common_header);

struct Totals {
  uint64_t requests = 0, bytes = 0, lines = 0, accepted = 0, duplicate = 0, busy = 0;
  std::vector<float> ms;  // of each request that was counted, its 429s included
  double seconds = 0;     // from the first request until the last answer
};

// Sends each request once, as many at a time as there are connections, until `seconds` have passed
// (0: until all are sent), and checks every answer: 200, and all lines accepted or duplicate. A 429
// is sent again after its Retry-After.
Totals RunLoad(const std::string& host, const std::string& port, size_t connections, double seconds,
               const std::vector<Request>& requests);

}  // namespace pagepulse
