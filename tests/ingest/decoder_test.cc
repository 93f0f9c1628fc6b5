#include "ingest/decoder.h"

#define ZLIB_CONST
#include <gtest/gtest.h>
#include <zlib.h>
#include <zstd.h>

#include <random>
#include <string>
#include <vector>

namespace pagepulse {
namespace {

constexpr uint64_t kNoLimit = uint64_t{1} << 40;

std::string Gzip(const std::string& text) {
  z_stream stream = {};
  EXPECT_EQ(deflateInit2(&stream, 6, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY), Z_OK);
  std::string out(deflateBound(&stream, text.size()) + 64, '\0');
  stream.next_in = reinterpret_cast<const Bytef*>(text.data());
  stream.avail_in = text.size();
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = out.size();
  EXPECT_EQ(deflate(&stream, Z_FINISH), Z_STREAM_END);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

std::string Zstd(const std::string& text, int window_log = 0) {
  ZSTD_CCtx* context = ZSTD_createCCtx();
  ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1);
  if (window_log) ZSTD_CCtx_setParameter(context, ZSTD_c_windowLog, window_log);
  std::string out(ZSTD_compressBound(text.size()), '\0');
  const size_t size = ZSTD_compress2(context, out.data(), out.size(), text.data(), text.size());
  EXPECT_FALSE(ZSTD_isError(size));
  out.resize(size);
  ZSTD_freeCCtx(context);
  return out;
}

std::string Encode(Encoding encoding, const std::string& text) {
  return encoding == Encoding::kGzip ? Gzip(text) : encoding == Encoding::kZstd ? Zstd(text) : text;
}

struct Decoded {
  absl::Status status;
  std::string text;
};

Decoded Decode(Encoding encoding, std::string_view bytes, size_t piece,
               uint64_t max_bytes = kNoLimit) {
  Decoded result;
  const auto keep = [&](std::string_view out) {
    EXPECT_LE(out.size(), 256u * 1024);
    result.text += out;
  };
  const auto decoder = NewDecoder(encoding, max_bytes);
  for (size_t i = 0; i < bytes.size() && result.status.ok(); i += piece) {
    result.status = decoder->Feed(bytes.substr(i, piece), keep);
  }
  if (result.status.ok()) result.status = decoder->Finish();
  EXPECT_EQ(decoder->Finish(), result.status);  // what has failed stays failed
  return result;
}

std::string RandomText(size_t size, uint64_t seed) {
  std::mt19937_64 random(seed);
  std::string text(size, '\0');
  for (char& c : text) c = "abcdefgh \n"[random() % 10];
  return text;
}

class DecoderTest : public testing::TestWithParam<Encoding> {};

TEST_P(DecoderTest, GivesBackWhatWasEncoded) {
  for (const size_t size : {0, 1, 1000, 128 * 1024, 256 * 1024, 1000000}) {
    const std::string text = RandomText(size, size);
    const std::string bytes = Encode(GetParam(), text);
    for (const size_t piece : {size_t{1}, size_t{777}, bytes.size() + 1}) {
      if (piece == 1 && bytes.size() > 10000) continue;
      const Decoded decoded = Decode(GetParam(), bytes, piece);
      ASSERT_TRUE(decoded.status.ok()) << decoded.status;
      ASSERT_EQ(decoded.text, text) << size << " " << piece;
    }
  }
}

TEST_P(DecoderTest, MembersThatFollowOneAnotherAreOneStream) {
  const std::string a = RandomText(5000, 1), b = RandomText(300000, 2);
  const std::string bytes = Encode(GetParam(), a) + Encode(GetParam(), "") + Encode(GetParam(), b);
  for (const size_t piece : {size_t{100}, bytes.size()}) {
    const Decoded decoded = Decode(GetParam(), bytes, piece);
    ASSERT_TRUE(decoded.status.ok()) << decoded.status;
    EXPECT_EQ(decoded.text, a + b);
  }
}

TEST_P(DecoderTest, NothingIsAnEmptyStream) {
  const Decoded decoded = Decode(GetParam(), "", 1);
  EXPECT_TRUE(decoded.status.ok());
  EXPECT_EQ(decoded.text, "");
}

TEST_P(DecoderTest, NoMoreComesOutThanIsAllowed) {
  const std::string bomb = Encode(GetParam(), std::string(10 << 20, 'a'));
  const Decoded decoded = Decode(GetParam(), bomb, bomb.size(), 1 << 20);
  EXPECT_EQ(decoded.status.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_LE(decoded.text.size(), 1u << 20);
  EXPECT_TRUE(Decode(GetParam(), bomb, bomb.size(), 10 << 20).status.ok());
  EXPECT_FALSE(Decode(GetParam(), bomb, bomb.size(), (10 << 20) - 1).status.ok());
}

TEST_P(DecoderTest, ATruncatedStreamIsFoundOut) {
  if (GetParam() == Encoding::kIdentity) return;
  const std::string text = RandomText(20000, 3);
  const std::string bytes = Encode(GetParam(), text);
  for (size_t size = 1; size < bytes.size(); size += 1 + size / 9) {
    const Decoded decoded = Decode(GetParam(), bytes.substr(0, size), 4096);
    ASSERT_EQ(decoded.status.code(), absl::StatusCode::kInvalidArgument) << size;
    ASSERT_EQ(text.rfind(decoded.text, 0), 0u);
  }
}

TEST_P(DecoderTest, CorruptBytesAreNeverTakenForTheText) {
  if (GetParam() == Encoding::kIdentity) return;
  const std::string text = RandomText(3000, 4);
  const std::string bytes = Encode(GetParam(), text);
  std::mt19937_64 random(5);
  for (int i = 0; i < 500; ++i) {
    std::string broken = bytes;
    broken[random() % broken.size()] ^= static_cast<char>(1 << random() % 8);
    const Decoded decoded = Decode(GetParam(), broken, 1000);
    // A header's fields may say something else without harm; the text is then the same.
    EXPECT_TRUE(!decoded.status.ok() || decoded.text == text || decoded.text.empty());
  }
  EXPECT_FALSE(Decode(GetParam(), bytes + "trailing garbage", 4096).status.ok());
  EXPECT_FALSE(Decode(GetParam(), text, 4096).status.ok());
}

INSTANTIATE_TEST_SUITE_P(All, DecoderTest,
                         testing::Values(Encoding::kIdentity, Encoding::kGzip, Encoding::kZstd));

TEST(DecoderLimitsTest, AWindowAboveEightMebibytesIsRefused) {
  const std::string text = RandomText(20 << 20, 6);
  EXPECT_TRUE(Decode(Encoding::kZstd, Zstd(text, 23), 100000).status.ok());
  EXPECT_EQ(Decode(Encoding::kZstd, Zstd(text, 24), 100000).status.code(),
            absl::StatusCode::kResourceExhausted);
}

TEST(EncodingTest, IsToldByTheFirstBytes) {
  EXPECT_EQ(DetectEncoding(Gzip("a")), Encoding::kGzip);
  EXPECT_EQ(DetectEncoding(Zstd("a")), Encoding::kZstd);
  EXPECT_EQ(DetectEncoding("{\"id\":1}"), Encoding::kIdentity);
  EXPECT_EQ(DetectEncoding("\x1F\x8B\x08"), Encoding::kIdentity);
  EXPECT_EQ(DetectEncoding(""), Encoding::kIdentity);
}

TEST(EncodingTest, IsNamedByAHeader) {
  EXPECT_EQ(*ParseContentEncoding(""), Encoding::kIdentity);
  EXPECT_EQ(*ParseContentEncoding("Identity"), Encoding::kIdentity);
  EXPECT_EQ(*ParseContentEncoding("GZIP"), Encoding::kGzip);
  EXPECT_EQ(*ParseContentEncoding("x-gzip"), Encoding::kGzip);
  EXPECT_EQ(*ParseContentEncoding("zstd"), Encoding::kZstd);
  EXPECT_FALSE(ParseContentEncoding("br").ok());
  EXPECT_FALSE(ParseContentEncoding("gzip, zstd").ok());
}

}  // namespace
}  // namespace pagepulse
