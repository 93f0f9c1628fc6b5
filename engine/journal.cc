#include "engine/journal.h"

#include "base/coding.h"

namespace pagepulse {
namespace {

void PutHash(std::string* out, Hash128 h) {
  PutBig64(out, absl::Uint128High64(h));
  PutBig64(out, absl::Uint128Low64(h));
}

Hash128 ReadHash(Reader* in) {
  const uint64_t high = in->Big64();
  return absl::MakeUint128(high, in->Big64());
}

}  // namespace

std::string NameKey(NameKind kind, uint32_t id) {
  std::string key = "n";
  key.push_back(static_cast<char>(kind));
  PutBig32(&key, id);
  return key;
}

std::string IdsKey(uint32_t hour, uint64_t checkpoint, uint32_t part) {
  std::string key = "i";
  PutBig32(&key, hour);
  PutBig64(&key, checkpoint);
  PutBig32(&key, part);
  return key;
}

std::string JobKey(uint32_t job) {
  std::string key = "j";
  PutBig32(&key, job);
  return key;
}

std::string JobFileKey(uint32_t job, const JobFile& file) {
  std::string key = "p";
  PutBig32(&key, job);
  PutHash(&key, file.file);
  PutBig32(&key, file.ordinal);
  return key;
}

std::string ToldAgainKey(uint64_t checkpoint, uint32_t part) {
  std::string key = "t";
  PutBig64(&key, checkpoint);
  PutBig32(&key, part);
  return key;
}

std::string ReplyKey(Hash128 reply_key) {
  std::string key = "r";
  PutHash(&key, reply_key);
  return key;
}

std::string DeadLetterKey(uint64_t running_number) {
  std::string key = "x";
  PutBig32(&key, static_cast<uint32_t>(running_number % kDeadLetters));
  return key;
}

void EncodeStoredReply(const StoredReply& stored, std::string* out) {
  PutLittle64(out, static_cast<uint64_t>(stored.arrival_ms));  // first: compaction reads it
  PutHash(out, stored.body);
  const Reply& reply = stored.reply;
  for (uint64_t n :
       {reply.received, reply.accepted, reply.duplicate, reply.rejected, reply.ignored}) {
    PutVarint(out, n);
  }
  PutVarint(out, reply.errors.size());
  for (const LineError& error : reply.errors) {
    PutVarint(out, error.line);
    out->push_back(static_cast<char>(error.code));
  }
  if (reply.overruled > 0) PutVarint(out, reply.overruled);
}

absl::StatusOr<StoredReply> DecodeStoredReply(std::string_view bytes) {
  Reader in(bytes);
  StoredReply stored;
  stored.arrival_ms = static_cast<int64_t>(in.Little64());
  stored.body = ReadHash(&in);
  Reply& reply = stored.reply;
  for (uint64_t* n :
       {&reply.received, &reply.accepted, &reply.duplicate, &reply.rejected, &reply.ignored}) {
    *n = in.Varint();
  }
  const uint64_t errors = in.Varint();
  for (uint64_t i = 0; i < errors && in.ok(); ++i) {
    LineError error;
    error.line = static_cast<uint32_t>(in.Varint());
    error.code = static_cast<RejectCode>(in.Byte());
    reply.errors.push_back(error);
  }
  if (in.remaining() > 0) reply.overruled = in.Varint();
  if (!in.done()) return absl::DataLossError("a stored reply is broken");
  return stored;
}

void EncodeJobFile(uint32_t job, const JobFile& file, std::string* out) {
  PutVarint(out, job);
  PutHash(out, file.file);
  PutVarint(out, file.ordinal);
  PutBytes(out, file.file_name);
  PutVarint(out, file.position);
  PutVarint(out, file.lines);
  PutHash(out, file.digest);
  PutVarint(out, file.accepted);
  PutVarint(out, file.duplicate);
  PutVarint(out, file.rejected);
  PutVarint(out, static_cast<uint64_t>(file.counted_ms));
  PutBytes(out, file.options);
}

absl::Status DecodeJobFile(std::string_view bytes, uint32_t* job, JobFile* file) {
  Reader in(bytes);
  *job = static_cast<uint32_t>(in.Varint());
  file->file = ReadHash(&in);
  file->ordinal = static_cast<uint32_t>(in.Varint());
  file->file_name = in.Bytes();
  file->position = in.Varint();
  file->lines = static_cast<uint32_t>(in.Varint());
  file->digest = ReadHash(&in);
  file->accepted = in.Varint();
  file->duplicate = in.Varint();
  file->rejected = in.Varint();
  if (in.remaining() > 0) file->counted_ms = static_cast<int64_t>(in.Varint());
  if (in.remaining() > 0) file->options = in.Bytes();
  return in.done() ? absl::OkStatus() : absl::DataLossError("a job's file entry is broken");
}

void EncodeDeadLetter(const DeadLetter& letter, std::string* out) {
  PutLittle64(out, static_cast<uint64_t>(letter.arrival_ms));
  PutBytes(out, letter.origin);
  PutVarint(out, letter.line);
  PutVarint(out, letter.offset);
  PutVarint(out, letter.length);
  out->push_back(static_cast<char>(letter.code));
  for (const std::string* text : {&letter.text, &letter.format, &letter.token, &letter.page}) {
    PutBytes(out, *text);
  }
}

absl::StatusOr<DeadLetter> DecodeDeadLetter(std::string_view bytes) {
  Reader in(bytes);
  DeadLetter letter;
  letter.arrival_ms = static_cast<int64_t>(in.Little64());
  letter.origin = in.Bytes();
  letter.line = static_cast<uint32_t>(in.Varint());
  letter.offset = in.Varint();
  letter.length = static_cast<uint32_t>(in.Varint());
  letter.code = static_cast<RejectCode>(in.Byte());
  letter.text = in.Bytes();
  if (in.remaining() > 0) {  // older ones end here
    for (std::string* text : {&letter.format, &letter.token, &letter.page}) *text = in.Bytes();
  }
  if (!in.done()) return absl::DataLossError("a rejected line's entry is broken");
  return letter;
}

}  // namespace pagepulse
