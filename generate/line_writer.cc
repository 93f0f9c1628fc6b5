#include "generate/line_writer.h"

#include <cstring>

#include "absl/time/civil_time.h"
#include "generate/day_curve.h"
#include "generate/random.h"
#include "model/time_zone.h"

namespace pagepulse {
namespace {

// Appends at *p; sizes known to the compiler make these a few moves.
template <size_t N>
void Put(const char (&literal)[N], char** p) {
  std::memcpy(*p, literal, N - 1);
  *p += N - 1;
}

void Put(std::string_view text, char** p) {
  std::memcpy(*p, text.data(), text.size());
  *p += text.size();
}

// Exactly `digits` digits.
void PutNumber(uint64_t n, int digits, char** p) {
  for (int i = digits; i-- > 0; n /= 10) (*p)[i] = static_cast<char>('0' + n % 10);
  *p += digits;
}

void PutHex(uint64_t n, int digits, char** p) {
  for (int i = digits; i-- > 0; n >>= 4) (*p)[i] = "0123456789abcdef"[n & 15];
  *p += digits;
}

// Like a UUID: 36 characters.
void PutId(uint64_t id, uint64_t salt, char** p) {
  const uint64_t high = Scramble(id), low = Scramble(high ^ salt);
  PutHex(high >> 32, 8, p);
  Put("-", p);
  PutHex(high >> 16, 4, p);
  Put("-", p);
  PutHex(high, 4, p);
  Put("-", p);
  PutHex(low >> 48, 4, p);
  Put("-", p);
  PutHex(low, 12, p);
}

// 16 digits, as platforms number people; an odd factor keeps different people different.
uint64_t ActorNumber(uint32_t actor) {
  return 1'000'000'000'000'000 + (uint64_t{actor} * 0x9e3779b97f5 & ((uint64_t{1} << 43) - 1));
}

}  // namespace

LineWriter::LineWriter(Sink sink) : sink_(sink), block_(new char[kBlockBytes]) {}

void LineWriter::PutTime(int64_t ts_ms, char** p) {
  const int64_t local = ts_ms + kZoneMs;
  const auto day = static_cast<int32_t>(local / kDayMs);
  if (day != day_) {
    const absl::CivilDay civil = CivilDayOf(day);
    char* text = day_text_;
    PutNumber(static_cast<uint64_t>(civil.year()), 4, &text);
    Put("-", &text);
    PutNumber(static_cast<uint64_t>(civil.month()), 2, &text);
    Put("-", &text);
    PutNumber(static_cast<uint64_t>(civil.day()), 2, &text);
    day_ = day;
  }
  const auto ms = static_cast<uint32_t>(local % kDayMs);
  Put(std::string_view(day_text_, sizeof day_text_), p);
  Put("T", p);
  PutNumber(ms / 3'600'000, 2, p);
  Put(":", p);
  PutNumber(ms / 60'000 % 60, 2, p);
  Put(":", p);
  PutNumber(ms / 1000 % 60, 2, p);
  Put(".", p);
  PutNumber(ms % 1000, 3, p);
  Put("+07:00", p);
}

char* LineWriter::Room() {
  if (kBlockBytes - size_ < kMaxLineBytes) Flush();
  return block_.get() + size_;
}

std::string_view LineWriter::Write(const Line& line) {
  char* const begin = Room();
  char* p = begin;
  Put("{", &p);
  if (line.id != 0) {
    Put("\"id\":\"", &p);
    PutId(line.id, line.id_salt, &p);
    Put("\",", &p);
  }
  if (line.epoch_ts) {
    Put("\"ts\":", &p);
    PutNumber(static_cast<uint64_t>(line.ts_ms), 13, &p);
    Put(",\"page\":\"", &p);
  } else {
    Put("\"ts\":\"", &p);
    PutTime(line.ts_ms, &p);
    Put("\",\"page\":\"", &p);
  }
  Put(line.page, &p);
  if (!line.post.empty()) {
    Put("\",\"post\":\"", &p);
    Put(line.post, &p);
  }
  if (line.actor != 0) {
    Put("\",\"actor\":\"", &p);
    PutNumber(ActorNumber(line.actor), 16, &p);
  }
  Put("\",\"type\":\"", &p);
  Put(TypeName(line.type), &p);
  if (line.reaction != ReactionKind::kUnknown) {
    Put("\",\"reaction\":\"", &p);
    Put(ReactionName(line.reaction), &p);
  }
  if (line.op != Op::kAdd) {
    Put("\",\"op\":\"", &p);
    Put(OpName(line.op), &p);
  }
  if (line.object != 0) {
    Put("\",\"object\":\"", &p);
    Put(line.post, &p);
    Put("_", &p);
    PutNumber(line.object, 12, &p);
  }
  if (!line.source.empty()) {
    Put("\",\"source\":\"", &p);
    Put(line.source, &p);
  }
  Put("\"}\n", &p);
  size_ += static_cast<size_t>(p - begin);
  return {begin, static_cast<size_t>(p - begin)};
}

void LineWriter::WriteText(std::string_view line) {
  char* p = Room();
  Put(line, &p);
  size_ += line.size();
}

void LineWriter::Flush() {
  if (status_.ok() && size_ > 0) status_ = sink_(std::string_view(block_.get(), size_));
  size_ = 0;
}

}  // namespace pagepulse
