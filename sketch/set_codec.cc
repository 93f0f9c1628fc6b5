#include "sketch/set_codec.h"

#include <algorithm>
#include <array>

#include "base/coding.h"
#include "base/hash.h"
#include "sketch/ultraloglog.h"

namespace pagepulse {
namespace {

constexpr size_t kRankMax = 16;
constexpr size_t kFewBucketsMax = 64;
constexpr size_t kBucketMax = 1024;

// Counts for each number how many go before it: quadratic, but without a branch to mispredict.
void RankSort(uint64_t* v, size_t n) {
  std::array<uint64_t, kRankMax> sorted;
  for (size_t i = 0; i < n; ++i) {
    size_t rank = 0;
    for (size_t j = 0; j < i; ++j) rank += v[j] <= v[i];
    for (size_t j = i + 1; j < n; ++j) rank += v[j] < v[i];
    sorted[rank] = v[i];
  }
  std::copy_n(sorted.begin(), n, v);
}

void InsertionSort(uint64_t* v, size_t n) {
  for (size_t i = 1; i < n; ++i) {
    const uint64_t x = v[i];
    size_t j = i;
    for (; j > 0 && v[j - 1] > x; --j) v[j] = v[j - 1];
    v[j] = x;
  }
}

// By the top bits of a hash first: what is left to the insertion sort are a few steps each.
template <int kBits>
void BucketSort(uint64_t* v, size_t n) {
  const auto bucket = [](uint64_t x) { return x >> (kActorBits - kBits) & ((1 << kBits) - 1); };
  std::array<uint16_t, (1 << kBits) + 1> start{};
  for (size_t i = 0; i < n; ++i) ++start[bucket(v[i]) + 1];
  for (size_t b = 1; b < start.size(); ++b) {
    start[b] = static_cast<uint16_t>(start[b] + start[b - 1]);
  }
  std::array<uint64_t, kBucketMax> scattered;
  for (size_t i = 0; i < n; ++i) scattered[start[bucket(v[i])]++] = v[i];
  InsertionSort(scattered.data(), n);
  std::copy_n(scattered.begin(), n, v);
}

}  // namespace

EncodedSet ParseEncodedSet(std::string_view bytes) {
  Reader in(bytes);
  const uint64_t header = in.Varint();
  EncodedSet set;
  if (!in.ok()) return set;
  const size_t header_bytes = bytes.size() - in.remaining();
  if (header_bytes > 1 && bytes[header_bytes - 1] == 0) return set;  // not the shortest form
  uint64_t payload_bytes = 0;
  if (header & 1) {
    if (header >> 1 < ull::kMinPrecision || header >> 1 > ull::kMaxPrecision) return set;
    set.precision = static_cast<int>(header >> 1);
    set.count = size_t{1} << set.precision;
    payload_bytes = set.count;
  } else {
    set.count = header >> 1;
    if (set.count > in.remaining()) return set;  // before the product can wrap
    payload_bytes = set.count * kMemberBytes;
  }
  if (payload_bytes > in.remaining()) return set;
  set.payload = reinterpret_cast<const uint8_t*>(bytes.data()) + header_bytes;
  set.length = header_bytes + payload_bytes;
  return set;
}

char* EncodeExactSet(const uint64_t* members, size_t n, char* out) {
  uint64_t header = static_cast<uint64_t>(n) << 1;
  for (; header >= 0x80; header >>= 7) *out++ = static_cast<char>(header | 0x80);
  *out++ = static_cast<char>(header);
  for (size_t i = 0; i < n; ++i, out += kMemberBytes) {
    const uint32_t low = static_cast<uint32_t>(members[i]);
    std::memcpy(out, &low, sizeof low);
    out[4] = static_cast<char>(members[i] >> 32);
  }
  return out;
}

char* EncodeDenseSet(const uint8_t* registers, int precision, char* out) {
  *out++ = static_cast<char>(precision << 1 | 1);
  std::memcpy(out, registers, size_t{1} << precision);
  return out + (size_t{1} << precision);
}

size_t SortUnique(uint64_t* hashes, size_t n) {
  if (n < 2) return n;
  if (n <= kRankMax) {
    RankSort(hashes, n);
  } else if (n <= kFewBucketsMax) {
    BucketSort<5>(hashes, n);
  } else if (n <= kBucketMax) {
    BucketSort<8>(hashes, n);
  } else {
    std::sort(hashes, hashes + n);
  }
  return static_cast<size_t>(std::unique(hashes, hashes + n) - hashes);
}

}  // namespace pagepulse
