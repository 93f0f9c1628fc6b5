#include "board/assets.h"

namespace pagepulse {
namespace {

constexpr BoardAsset kAssets[] = {{
    "/",
    "text/html; charset=utf-8",
    "\"absent\"",
    R"(<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>pagepulse</title>
<h1>pagepulse</h1>
<p lang="vi">Bản này được dựng không có bảng theo dõi. Số liệu vẫn hỏi được ở <a href="/v1/pages">/v1/pages</a> và /v1/query.</p>
<p>This binary was built without the board (PAGEPULSE_BOARD=OFF). It answers all the same:
<a href="/v1/pages">/v1/pages</a>, /v1/query, /v1/live.</p>
)",
    "",
    "",
}};

}  // namespace

std::span<const BoardAsset> BoardAssets() { return kAssets; }

}  // namespace pagepulse
