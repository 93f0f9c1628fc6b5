// Golden bytes of docs/storage_format.md, "Log entries" and "Journal entries".

#include <gtest/gtest.h>

#include "absl/strings/escaping.h"
#include "engine/figures.h"
#include "engine/group.h"
#include "engine/journal.h"
#include "engine/record.h"
#include "engine/told_again.h"
#include "engine/undo_state.h"

namespace pagepulse {
namespace {

std::string Hex(const std::string& bytes) { return absl::BytesToHexString(bytes); }

Record ViewRecord() {
  Record record;
  record.page = 1;
  record.post = 3;
  record.source = 2;
  record.ts_ms = 1'751'328'000'000;
  record.has_actor = record.has_id = true;
  record.actor = 0x0123456789;
  record.id = 0x1122334455667788;
  return record;
}

TEST(Formats, ARecordHasTheDocumentedBytes) {
  std::string bytes;
  AppendRecord(ViewRecord(), &bytes);
  EXPECT_EQ(Hex(bytes),
            "c03001000000"
            "008848c39701"
            "03000000"
            "0200"
            "8967452301"
            "8877665544332211");
}

TEST(Formats, EveryFieldOfARecordComesBack) {
  std::vector<Record> records = {Record(), ViewRecord()};
  Record fact;
  fact.page = 0xfffffffe;
  fact.ts_ms = 253'402'300'799'999;
  fact.type = EventType::kReaction;
  fact.op = Op::kRemove;
  fact.kind = ReactionKind::kAngry;
  fact.followed = true;
  fact.told_again = true;
  fact.fact = absl::MakeUint128(0x0102030405060708, 0x1112131415161718);
  records.push_back(fact);
  Record custom;
  custom.page = 7;
  custom.type = EventType::kCustom;
  custom.custom_type = 300;
  custom.count = 2'147'483'648u;
  records.push_back(custom);
  std::string bytes;
  for (const Record& record : records) AppendRecord(record, &bytes);
  Reader in(bytes);
  for (const Record& record : records) EXPECT_EQ(ReadRecord(&in), record);
  EXPECT_TRUE(in.done());
}

// docs/storage_format.md, "Told again": the view above, told by job 2 in log entry 300, when its id
// was claimed under the hour 486,480.
TEST(Formats, WhatIsToldAgainHasTheDocumentedBytes) {
  const ToldAgain told{300, 2, 486'480, ViewRecord()};
  std::string bytes;
  AppendToldAgain(told, &bytes);
  EXPECT_EQ(Hex(bytes),
            "ac02"
            "02"
            "d0d81d"
            "c03001000000"
            "008848c39701"
            "03000000"
            "0200"
            "8967452301"
            "8877665544332211");
  Reader in(bytes);
  EXPECT_EQ(ReadToldAgain(&in), told);
  EXPECT_TRUE(in.done());
  EXPECT_EQ(VisitToldAgain(bytes.substr(0, bytes.size() - 1), [](const ToldAgain&) {}).code(),
            absl::StatusCode::kDataLoss);
}

TEST(Formats, OfWhatIsToldAgainTheFirstIsFound) {
  Record fact;
  fact.page = 1;
  fact.ts_ms = 1'751'328'000'000;
  fact.type = EventType::kReaction;
  fact.kind = ReactionKind::kLove;
  fact.followed = true;
  fact.fact = 77;
  ToldAgainIndex index;
  index.Add({300, 2, 486'480, ViewRecord()});
  index.Add({301, 3, 486'480, ViewRecord()});
  index.Add({302, 4, 486'481, ViewRecord()});
  index.Add({303, 5, 0, fact});
  index.Add({304, 6, 0, fact});
  EXPECT_EQ(index.FindId(ViewRecord(), 486'480)->job, 2u);
  EXPECT_EQ(index.FindId(ViewRecord(), 486'481)->job, 4u) << "another claim of the same id";
  EXPECT_FALSE(index.FindId(ViewRecord(), 486'482));
  EXPECT_EQ(index.FindFact(fact)->job, 5u);
  fact.ts_ms += 1;
  EXPECT_FALSE(index.FindFact(fact)) << "another event of the fact";
}

// The undo of job 3, begun in log entry 300, of which entry 5 and two sections of entry 6 are done.
TEST(Formats, TheStateOfAnUndoHasTheDocumentedBytes) {
  UndoState state{.after = 4, .until = 300, .running = true, .changed_ms = 1};
  state.sequence = 6;
  state.sections = 2;
  state.total = 12;
  state.counts = {.events = 10, .repeated = 1, .ids = 9, .shared = 2, .figures = 3, .people = 7};
  std::string bytes;
  EncodeUndoState(3, state, &bytes);
  EXPECT_EQ(Hex(bytes),
            "0304ac0201010602"
            "0a010902070c03");
  uint32_t job = 0;
  UndoState decoded;
  ASSERT_TRUE(DecodeUndoState(bytes, &job, &decoded).ok());
  EXPECT_EQ(job, 3u);
  EXPECT_EQ(decoded, state);
  EXPECT_TRUE(state.IsDone(5, 9));
  EXPECT_TRUE(state.IsDone(6, 1));
  EXPECT_FALSE(state.IsDone(6, 2));
  EXPECT_FALSE(state.IsDone(7, 0));
  bytes.pop_back();  // as older ones, of no figures
  ASSERT_TRUE(DecodeUndoState(bytes, &job, &decoded).ok());
  EXPECT_EQ(decoded.counts.figures, 0u);
  EXPECT_EQ(decoded.total, 12u);
  bytes.pop_back();
  EXPECT_EQ(DecodeUndoState(bytes, &job, &decoded).code(), absl::StatusCode::kDataLoss);
  EXPECT_EQ(Hex(UndoKey(3)), "7500000003");
  EXPECT_EQ(Hex(ToldAgainKey(258, 1)),
            "74"
            "0000000000000102"
            "00000001");
}

constexpr FigureKey kFigureKey{.page = 1, .metric = 0x0203, .post = 4};

Figure TotalFigure() {
  return {.point = {.as_of_ms = 1'751'328'000'000, .value = 300}, .source = 2};
}

TEST(Formats, FiguresHaveTheDocumentedBytesInWhateverOrderTheyCome) {
  Figure day{.point = {.days = 1, .day = 20270, .as_of_ms = 1'751'328'060'000, .value = 20},
             .source = 2};
  Figure again = TotalFigure();
  again.job = 5;
  Figures figures;
  std::vector<Growth> growth;
  using Outcome = Figures::Outcome;
  EXPECT_EQ(figures.Insert(kFigureKey, day, &growth), Outcome::kNew);
  EXPECT_EQ(figures.Insert(kFigureKey, TotalFigure(), &growth), Outcome::kNew);
  EXPECT_EQ(figures.Insert(kFigureKey, day, &growth), Outcome::kTwice);
  EXPECT_EQ(figures.Insert(kFigureKey, again, &growth), Outcome::kToldAgain);
  EXPECT_EQ(figures.Insert(kFigureKey, again, &growth), Outcome::kTwice);
  EXPECT_EQ(figures.CountFirst(0), 2u);
  EXPECT_EQ(figures.CountFirst(5), 0u);
  const std::string bytes = figures.EncodeHistory(kFigureKey);
  const std::string total = "0080a0c4b4f865ac0202", day_text = "01dcbc0200c0c9cbb4f8651402";
  EXPECT_EQ(Hex(bytes), "02" + total + "00" + total + "0b" + day_text + "00");
  EXPECT_EQ(Hex(FigureJournalKey(kFigureKey)),
            "66000000010203"
            "00000004");
  Figures restored;
  ASSERT_TRUE(restored.Restore(FigureJournalKey(kFigureKey), bytes).ok());
  EXPECT_EQ(restored.EncodeHistory(kFigureKey), bytes);
  EXPECT_EQ(restored.Insert(kFigureKey, day, &growth), Outcome::kTwice);
  // Of a store that did not know jobs: nobody in particular told it.
  const std::string old = absl::HexStringToBytes("01" + total + day_text);
  Figures older;
  ASSERT_TRUE(older.Restore(FigureJournalKey(kFigureKey), old).ok());
  EXPECT_EQ(Hex(older.EncodeHistory(kFigureKey)), "02" + total + "00" + day_text + "00");
  // Cut off, of another version, out of order, told twice by one.
  for (const std::string& broken :
       {bytes.substr(0, bytes.size() - 1), "\x03" + bytes.substr(1), bytes + bytes.substr(1),
        absl::HexStringToBytes("02" + total + "0a" + total + "0b"), std::string()}) {
    EXPECT_FALSE(Figures().Restore(FigureJournalKey(kFigureKey), broken).ok()) << Hex(broken);
  }
}

TEST(Formats, AFigureInTheLogComesBack) {
  std::string bytes;
  EncodeFigure(kFigureKey, TotalFigure(), &bytes);
  EXPECT_EQ(Hex(bytes),
            "01830404"
            "0080a0c4b4f865ac0202");
  Reader in(bytes);
  FigureKey key;
  Figure figure;
  ReadFigure(&in, &key, &figure);
  EXPECT_TRUE(in.done());
  EXPECT_EQ(key, kFigureKey);
  EXPECT_EQ(figure.point.Order(), TotalFigure().point.Order());
  EXPECT_EQ(figure.source, 2);
}

TEST(Formats, APagesAuthorityComesBack) {
  std::string bytes;
  EncodeAuthority(300, 0x21, &bytes);
  EXPECT_EQ(Hex(bytes), "ac0221");
  uint32_t page = 0;
  AuthoritySet set = 0;
  ASSERT_TRUE(DecodeAuthority(bytes, &page, &set).ok());
  EXPECT_EQ(page, 300u);
  EXPECT_EQ(set, 0x21);
  EXPECT_FALSE(DecodeAuthority(bytes.substr(0, 2), &page, &set).ok());
  EXPECT_EQ(Hex(AuthorityJournalKey(1)), "6100000001");
}

TEST(Formats, ALogEntryHasTheDocumentedBytes) {
  GroupBuilder group(0x0102030405060708);
  EXPECT_TRUE(group.empty());
  group.Add(Section::kJob, std::string("\x01"
                                       "abc"));
  EXPECT_EQ(Hex(group.Take()),
            "01"
            "0807060504030201"
            "6a"
            "04"
            "01616263");
}

TEST(Formats, ALogEntryOfAnotherVersionIsRefused) {
  int64_t arrival = 0;
  const auto ignore = [](Section, std::string_view) { return absl::OkStatus(); };
  GroupBuilder group(5);
  std::string bytes = group.Take();
  EXPECT_TRUE(ReadGroup(bytes, &arrival, ignore).ok());
  bytes[0] = 2;
  EXPECT_EQ(ReadGroup(bytes, &arrival, ignore).code(), absl::StatusCode::kUnimplemented);
  EXPECT_EQ(ReadGroup("\x01short", &arrival, ignore).code(), absl::StatusCode::kDataLoss);
}

TEST(Formats, JournalKeysSortAsTheirNumbers) {
  EXPECT_EQ(Hex(NameKey(NameKind::kPost, 258)),
            "6e"
            "02"
            "00000102");
  EXPECT_EQ(Hex(IdsKey(1, 2, 3)),
            "69"
            "00000001"
            "0000000000000002"
            "00000003");
  EXPECT_EQ(Hex(JobKey(3)),
            "6a"
            "00000003");
  JobFile file;
  file.file = absl::MakeUint128(0x0102030405060708, 0x090a0b0c0d0e0f10);
  file.ordinal = 5;
  EXPECT_EQ(Hex(JobFileKey(4, file)),
            "70"
            "00000004"
            "0102030405060708090a0b0c0d0e0f10"
            "00000005");
  EXPECT_EQ(Hex(ReplyKey(file.file)),
            "72"
            "0102030405060708090a0b0c0d0e0f10");
  EXPECT_EQ(Hex(DeadLetterKey(10'001)),
            "78"
            "00000001");
}

TEST(Formats, ANameHasTheDocumentedBytes) {
  NameEntry entry;
  entry.kind = NameKind::kPost;
  entry.id = 300;
  entry.page = 1;
  entry.name = "p";
  entry.title = {"T", 3};
  entry.published_ms = {1, 2};
  std::string bytes;
  EncodeName(entry, &bytes);
  EXPECT_EQ(Hex(bytes),
            "02"
            "ac02"
            "01"
            "0170"
            "00"
            "0154"
            "06"
            "00"
            "00"
            "02"
            "04");
  const auto decoded = DecodeName(bytes);
  ASSERT_TRUE(decoded.ok());
  EXPECT_EQ(decoded->id, 300u);
  EXPECT_EQ(decoded->title.value, "T");
  EXPECT_FALSE(DecodeName(bytes.substr(1)).ok());
}

TEST(Formats, AJobsFileHasTheDocumentedBytes) {
  JobFile file;
  file.file = absl::MakeUint128(0x0102030405060708, 0x090a0b0c0d0e0f10);
  file.ordinal = 5;
  file.file_name = "a";
  file.position = 300;
  file.lines = 6;
  file.digest = absl::MakeUint128(1, 2);
  file.accepted = 3;
  file.duplicate = 2;
  file.rejected = 1;
  file.counted_ms = 300;
  file.options = "--format x";
  std::string bytes;
  EncodeJobFile(4, file, &bytes);
  EXPECT_EQ(Hex(bytes),
            "04"
            "0102030405060708090a0b0c0d0e0f10"
            "05"
            "0161"
            "ac02"
            "06"
            "00000000000000010000000000000002"
            "030201"
            "ac02"
            "0a2d2d666f726d61742078");
  uint32_t job = 0;
  JobFile read;
  ASSERT_TRUE(DecodeJobFile(bytes, &job, &read).ok());
  EXPECT_EQ(job, 4u);
  EXPECT_EQ(read.options, "--format x");
  // Without the options, and without when it was: as older ones are.
  JobFile older;
  ASSERT_TRUE(DecodeJobFile(bytes.substr(0, bytes.size() - 11), &job, &older).ok());
  EXPECT_EQ(older.counted_ms, 300);
  EXPECT_EQ(older.options, "");
  ASSERT_TRUE(DecodeJobFile(bytes.substr(0, bytes.size() - 13), &job, &older).ok());
  EXPECT_EQ(older.rejected, 1u);
  EXPECT_FALSE(DecodeJobFile(bytes.substr(0, bytes.size() - 1), &job, &older).ok());
}

TEST(Formats, AStoredReplyBeginsWithItsArrival) {
  StoredReply stored;
  stored.arrival_ms = 0x0102;
  stored.body = absl::MakeUint128(1, 2);
  stored.reply.received = 3;
  stored.reply.accepted = 2;
  stored.reply.rejected = 1;
  stored.reply.errors = {{300, RejectCode::kBadTs}};
  std::string bytes;
  EncodeStoredReply(stored, &bytes);
  EXPECT_EQ(Hex(bytes),
            "0201000000000000"
            "0000000000000001"
            "0000000000000002"
            "0302000100"
            "01"
            "ac0206");
  const auto decoded = DecodeStoredReply(bytes);
  ASSERT_TRUE(decoded.ok());
  EXPECT_EQ(decoded->reply.errors.at(0).line, 300u);
}

TEST(Formats, ARejectedLineComesBack) {
  DeadLetter letter;
  letter.arrival_ms = 1;
  letter.origin = "j";
  letter.line = 2;
  letter.offset = 300;
  letter.length = 4;
  letter.code = RejectCode::kTooLong;
  letter.format = "f";
  letter.token = "t";
  letter.page = "p";
  std::string bytes;
  EncodeDeadLetter(letter, &bytes);
  EXPECT_EQ(Hex(bytes),
            "0100000000000000"
            "016a"
            "02"
            "ac02"
            "04"
            "02"
            "00"
            "016601740170");
  const auto decoded = DecodeDeadLetter(bytes);
  ASSERT_TRUE(decoded.ok());
  EXPECT_EQ(decoded->format + decoded->token + decoded->page, "ftp");
  const auto older = DecodeDeadLetter(bytes.substr(0, bytes.size() - 6));
  ASSERT_TRUE(older.ok());
  EXPECT_EQ(older->page, "");
  EXPECT_FALSE(DecodeDeadLetter(bytes.substr(0, bytes.size() - 1)).ok());
  EXPECT_EQ(decoded->offset, 300u);
  EXPECT_EQ(decoded->code, RejectCode::kTooLong);
}

}  // namespace
}  // namespace pagepulse
