#include "sketch/ultraloglog.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace pagepulse::ull {
namespace {

// --- Merge
//
// Of two registers the higher one keeps its top bit. Which of the lower one's three bits still show
// depends on how far its top bit lies below (d) and on its own two low bits: kShows[4 d + low].
// With d >= 3 nothing shows; an empty register is that far below every other from precision 4 on.
constexpr std::array<uint8_t, 16> kShows = {0, 1, 2, 3, 2, 2, 3, 3, 1, 1, 1, 1, 0, 0, 0, 0};

void MergeByBits(uint8_t* into, const uint8_t* from, size_t n) {
  for (size_t i = 0; i < n; ++i) {
    const uint64_t bits = Unpack(into[i]) | Unpack(from[i]);
    into[i] = bits == 0 ? 0 : Pack(bits);
  }
}

#if defined(__x86_64__)

// n: a multiple of 32.
__attribute__((target("avx2"))) void MergeAvx2(uint8_t* into, const uint8_t* from, size_t n) {
  const __m256i shows =
      _mm256_broadcastsi128_si256(_mm_loadu_si128(reinterpret_cast<const __m128i*>(kShows.data())));
  const __m256i three = _mm256_set1_epi8(3);
  const __m256i six_bits = _mm256_set1_epi8(63);
  for (size_t i = 0; i < n; i += 32) {
    auto* const target = reinterpret_cast<__m256i*>(into + i);
    const __m256i a = _mm256_loadu_si256(target);
    const __m256i b = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(from + i));
    const __m256i high = _mm256_max_epu8(a, b);
    const __m256i low = _mm256_min_epu8(a, b);
    // There is no shift of bytes: shift words, then clear what came from the neighbour.
    const __m256i high_top = _mm256_and_si256(_mm256_srli_epi16(high, 2), six_bits);
    const __m256i low_top = _mm256_and_si256(_mm256_srli_epi16(low, 2), six_bits);
    const __m256i d = _mm256_min_epu8(_mm256_sub_epi8(high_top, low_top), three);
    const __m256i index = _mm256_or_si256(_mm256_slli_epi16(d, 2), _mm256_and_si256(low, three));
    _mm256_storeu_si256(target, _mm256_or_si256(high, _mm256_shuffle_epi8(shows, index)));
  }
}

// n: a multiple of 32.
__attribute__((target("avx2"))) bool AllWithinAvx2(const uint8_t* registers, size_t n, uint8_t low,
                                                   uint8_t high) {
  // One less, an empty register becomes the greatest byte, so that a minimum passes over it.
  __m256i least = _mm256_set1_epi8(-1), most = _mm256_setzero_si256();
  const __m256i one = _mm256_set1_epi8(1);
  for (size_t i = 0; i < n; i += 32) {
    const __m256i v = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(registers + i));
    least = _mm256_min_epu8(least, _mm256_sub_epi8(v, one));
    most = _mm256_max_epu8(most, v);
  }
  alignas(32) std::array<uint8_t, 32> a, b;
  _mm256_store_si256(reinterpret_cast<__m256i*>(a.data()), least);
  _mm256_store_si256(reinterpret_cast<__m256i*>(b.data()), most);
  return *std::min_element(a.begin(), a.end()) + 1 >= low &&
         *std::max_element(b.begin(), b.end()) <= high;
}

bool HasAvx2() {
  static const bool has = __builtin_cpu_supports("avx2");
  return has;
}

#else

bool HasAvx2() { return false; }
void MergeAvx2(uint8_t*, const uint8_t*, size_t) {}
bool AllWithinAvx2(const uint8_t*, size_t, uint8_t, uint8_t) { return false; }

#endif

// --- Estimate: the names are the paper's.

constexpr double kTau = 0.8194911375910897;
constexpr double kV = 0.6118931496978437;
constexpr double kEta[4] = {4.663135422063788, 2.1378502137958524, 2.781144650979996,
                            0.9824082545153715};

// How many registers hold each of the four values that small sets make: their bits are not yet
// typical of a long stream, so their terms are corrected by z = exp(-n/m), itself estimated from
// their numbers.
struct SmallRange {
  double c0, c4, c8, c10;
  double count() const { return c0 + c4 + c8 + c10; }
};

double SmallRangeZ(const SmallRange& s, double m) {
  const double alpha = m + 3 * s.count();
  const double beta = m - s.c0 - s.c4;
  const double gamma = 4 * s.c0 + 2 * s.c4 + 3 * s.c8 + s.c10;
  const double root = (std::sqrt(beta * beta + 4 * alpha * gamma) - beta) / (2 * alpha);
  return root * root * root * root;
}

// The mean of eta over a register's two low bits, which are unset with chance z and z^2.
double Psi(double z) {
  const double z2 = z * z;
  return (1 - z2) * ((1 - z) * kEta[3] + z * kEta[1]) + z2 * ((1 - z) * kEta[2] + z * kEta[0]);
}

double Sigma(double z) {
  if (z <= 0) return kEta[3];
  if (z >= 1) return std::numeric_limits<double>::infinity();
  const double growth = std::exp2(kTau);
  double sum = 0, before = -1, factor = 1;
  for (double power = z; sum > before; power *= power, factor *= growth) {
    const double next = power * power;
    before = sum;
    sum += factor * (power - next) * Psi(next);
  }
  return sum / z;
}

double SmallRangeTerms(const SmallRange& s, double m) {
  if (s.count() == 0) return 0;
  const double z = SmallRangeZ(s, m);
  const double half = std::exp2(-kTau), quarter = std::exp2(-2 * kTau);
  double sum = s.c4 * half * Psi(z) + s.c8 * quarter * (z * (kEta[0] - kEta[1]) + kEta[1]) +
               s.c10 * quarter * (z * (kEta[2] - kEta[3]) + kEta[3]);
  if (s.c0 > 0) sum += s.c0 * Sigma(z);  // infinite, for an empty sketch
  return sum;
}

}  // namespace

void MergePortable(uint8_t* into, const uint8_t* from, size_t n) {
  for (size_t i = 0; i < n; ++i) {
    const int high = std::max(into[i], from[i]), low = std::min(into[i], from[i]);
    const int d = std::min((high >> 2) - (low >> 2), 3);
    into[i] = static_cast<uint8_t>(high | kShows[static_cast<size_t>(4 * d + (low & 3))]);
  }
}

void Merge(uint8_t* into, const uint8_t* from, int precision) {
  const size_t n = size_t{1} << precision;
  if (precision < 4) return MergeByBits(into, from, n);
  if (precision < 5 || !HasAvx2()) return MergePortable(into, from, n);
  MergeAvx2(into, from, n);
}

// A coarser register takes in 2^(difference) finer ones. The bits of the index that it no longer
// has begin its run of zeros: where they are all zero the run goes on, and the finer register's
// bits stand as they are; else the run ends among them, the same for every hash of that register.
void MergeFiner(uint8_t* into, int precision, const uint8_t* from, int from_precision) {
  const int difference = from_precision - precision;
  const size_t parts = size_t{1} << difference;
  for (size_t i = 0; i < size_t{1} << precision; ++i, from += parts) {
    uint64_t bits = Unpack(into[i]) | Unpack(from[0]);
    for (size_t part = 1; part < parts; ++part) {
      if (from[part] == 0) continue;
      const int zeros = difference - std::bit_width(part);
      bits |= uint64_t{1} << (zeros + precision - 1);
    }
    into[i] = bits == 0 ? 0 : Pack(bits);
  }
}

bool AllWithinPortable(const uint8_t* registers, size_t n, uint8_t low, uint8_t high) {
  for (size_t i = 0; i < n; ++i) {
    if (registers[i] != 0 && (registers[i] < low || registers[i] > high)) return false;
  }
  return true;
}

bool AllWithin(const uint8_t* registers, size_t n, uint8_t low, uint8_t high) {
  return n % 32 == 0 && HasAvx2() ? AllWithinAvx2(registers, n, low, high)
                                  : AllWithinPortable(registers, n, low, high);
}

double Estimate(const uint8_t* registers, int precision) {
  const size_t size = size_t{1} << precision;
  std::array<uint32_t, 256> count{};
  for (size_t i = 0; i < size; ++i) ++count[registers[i]];

  // The paper numbers registers so that the first value is 4, whatever the precision. The
  // correction for sketches near 2^64 members is left out: no set of 40-bit hashes comes near.
  const size_t offset = 4 * static_cast<size_t>(precision) - 8;
  const double m = static_cast<double>(size);
  double sum = SmallRangeTerms(
      {static_cast<double>(count[0]), static_cast<double>(count[offset + 4]),
       static_cast<double>(count[offset + 8]), static_cast<double>(count[offset + 10])},
      m);
  for (size_t r = offset + 12; r < count.size(); ++r) {
    if (count[r] == 0) continue;
    const double level = static_cast<double>((r - offset) >> 2);
    sum += count[r] * kEta[r & 3] * std::exp2(-kTau * level);
  }
  return std::pow(m, 1 + 1 / kTau) / (1 + kV * (1 + kTau) / (2 * m)) * std::pow(sum, -1 / kTau);
}

}  // namespace pagepulse::ull
