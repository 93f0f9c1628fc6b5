#include "tests/server/http_fixture.h"

#include <fmt/format.h>
#include <poll.h>
#include <spdlog/spdlog.h>
#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <thread>

#include "absl/strings/ascii.h"

namespace pagepulse {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;

std::string Lower(std::string_view text) {
  return absl::AsciiStrToLower(absl::string_view(text.data(), text.size()));
}

}  // namespace

std::string TestResponse::Field(std::string_view name) const {
  for (const auto& [field, value] : fields) {
    if (field == name) return value;
  }
  return "";
}

std::string TestResponse::code() const {
  constexpr std::string_view kBegin = R"({"error":{"code":")";
  if (!body.starts_with(kBegin)) return "";
  return body.substr(kBegin.size(), body.find('"', kBegin.size()) - kBegin.size());
}

TestClient::TestClient(uint16_t port) : socket_(io_) {
  socket_.connect({asio::ip::address_v4::loopback(), port});
  socket_.set_option(asio::ip::tcp::no_delay(true));
}

bool TestClient::Send(std::string_view bytes) {
  beast::error_code error;
  asio::write(socket_, asio::buffer(bytes.data(), bytes.size()), error);
  return !error;
}

TestResponse TestClient::Receive(bool to_head) {
  http::response_parser<http::string_body> parser;
  parser.body_limit(boost::none);
  parser.skip(to_head);
  beast::error_code error;
  http::read(socket_, buffer_, parser, error);
  TestResponse response;
  if (error) return response;
  const auto& message = parser.get();
  response.status = static_cast<int>(message.result_int());
  for (const auto& field : message) {
    response.fields.emplace_back(Lower({field.name_string().data(), field.name_string().size()}),
                                 std::string(field.value()));
  }
  response.body = message.body();
  response.keep_alive = message.keep_alive();
  return response;
}

std::string TestClient::ReceiveAll() {
  std::string all(static_cast<const char*>(buffer_.data().data()), buffer_.size());
  buffer_.clear();
  beast::error_code error;
  asio::read(socket_, asio::dynamic_buffer(all), error);
  return all;
}

std::string TestClient::ReceiveSome(std::chrono::milliseconds timeout) {
  pollfd readable = {socket_.native_handle(), POLLIN, 0};
  if (poll(&readable, 1, static_cast<int>(timeout.count())) <= 0) return "";
  std::string bytes(64 * 1024, '\0');
  beast::error_code error;
  bytes.resize(socket_.read_some(asio::buffer(bytes), error));
  ended_ = error.failed();
  return bytes;
}

bool TestClient::IsGone(std::chrono::milliseconds timeout) {
  pollfd gone = {socket_.native_handle(), 0, 0};  // POLLERR and POLLHUP are always told
  return poll(&gone, 1, static_cast<int>(timeout.count())) > 0;
}

void TestClient::ShrinkReceiveBuffer() {
  socket_.set_option(asio::socket_base::receive_buffer_size(4096));
}

TestResponse TestClient::Ask(std::string_view method, std::string_view target, const Fields& fields,
                             std::string_view body) {
  Send(RequestText(method, target, fields, body));
  return Receive(method == "HEAD");
}

void TestClient::Close() {
  beast::error_code ignored;
  socket_.close(ignored);
}

void TestClient::Reset() {
  beast::error_code ignored;
  socket_.set_option(asio::socket_base::linger(true, 0), ignored);
  Close();
}

std::string RequestText(std::string_view method, std::string_view target, const Fields& fields,
                        std::string_view body) {
  std::string text = fmt::format("{} {} HTTP/1.1\r\nHost: localhost\r\n", method, target);
  bool has_length = method == "GET" || method == "HEAD";
  for (const auto& [name, value] : fields) {
    text += fmt::format("{}: {}\r\n", name, value);
    const std::string lower = Lower(name);
    has_length = has_length || lower == "content-length" || lower == "transfer-encoding";
  }
  if (!has_length) text += fmt::format("Content-Length: {}\r\n", body.size());
  text += "\r\n";
  return text.append(body);
}

std::string Chunked(std::string_view body, size_t chunk_bytes) {
  std::string out;
  while (!body.empty()) {
    const std::string_view chunk = body.substr(0, chunk_bytes);
    body.remove_prefix(chunk.size());
    out += fmt::format("{:x}\r\n{}\r\n", chunk.size(), chunk);
  }
  return out + "0\r\n\r\n";
}

std::string Gzip(std::string_view bytes) {
  z_stream stream{};
  deflateInit2(&stream, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
  std::string out(deflateBound(&stream, bytes.size()) + 32, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  EXPECT_EQ(deflate(&stream, Z_FINISH), Z_STREAM_END);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

std::string Zstd(std::string_view bytes) {
  std::string out(ZSTD_compressBound(bytes.size()), '\0');
  out.resize(ZSTD_compress(out.data(), out.size(), bytes.data(), bytes.size(), 3));
  return out;
}

std::string ViewLines(int n, int first_id, std::string_view page) {
  std::string lines;
  for (int i = 0; i < n; ++i) {
    lines += fmt::format(
        "{{\"id\":\"v{}\",\"ts\":\"2025-11-20T09:00:00Z\",\"page\":\"{}\",\"type\":\"view\"}}\n",
        first_id + i, page);
  }
  return lines;
}

HttpTest::HttpTest() {
  config.listen_port = 0;
  config.threads = 2;
  spdlog::set_level(spdlog::level::off);
  options.clock = [] { return kNow; };
  // So that a slow machine fails no test; those that are about a deadline set it.
  constexpr std::chrono::minutes kLong{10};
  options.header_timeout = options.body_idle_timeout = options.write_timeout = kLong;
  options.slow_body_grace = options.stop_deadline = options.queue_wait = kLong;
}

HttpTest::~HttpTest() {
  engine.Release();
  server.reset();
}

void HttpTest::Start() {
  server = std::make_unique<Server>(config, &engine, &registry, options);
  const absl::Status status = server->Start();
  ASSERT_TRUE(status.ok()) << status;
}

void HttpTest::AddToken(const std::string& token, const std::string& name,
                        std::vector<std::string> pages, uint8_t verbs) {
  TokenConfig added;
  added.name = name;
  added.sha256 = HashToken(token);
  added.all_pages = pages == std::vector<std::string>{"*"};
  if (!added.all_pages) added.pages = std::move(pages);
  added.verbs = verbs;
  config.tokens.push_back(added);
}

TestResponse HttpTest::Get(std::string_view target, const Fields& fields) {
  return TestClient(server->port()).Ask("GET", target, fields);
}

TestResponse HttpTest::Post(std::string_view target, std::string_view body, const Fields& fields) {
  return TestClient(server->port()).Ask("POST", target, fields, body);
}

std::string HttpTest::Metrics() { return registry.Render(); }

void HttpTest::Await(const std::function<bool()>& condition) {
  for (int i = 0; i < 2000; ++i) {
    if (condition()) return;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  FAIL() << "waited in vain";
}

}  // namespace pagepulse
