/* As much of the model's schema as the glue uses. */
#pragma once

#include <cstdint>

#define TFLITE_SCHEMA_VERSION (3)

namespace tflite {

struct Model {
  uint32_t version() const {
    return 3;
  }
};

inline const Model *GetModel(const void *data) {
  static const Model model;
  (void)data;
  return &model;
}

} // namespace tflite
