#pragma once

typedef int esp_err_t;
void stub_check(esp_err_t error);
#define ESP_ERROR_CHECK(call) stub_check(call)
