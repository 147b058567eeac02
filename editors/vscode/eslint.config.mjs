// SPDX-License-Identifier: MIT
import tseslint from "typescript-eslint";

export default tseslint.config({ ignores: ["test/browser/**"] }, ...tseslint.configs.strictTypeChecked, ...tseslint.configs.stylisticTypeChecked, {
  languageOptions: { parserOptions: { projectService: true } },
  rules: { "@typescript-eslint/no-floating-promises": ["error", { allowForKnownSafeCalls: ["test"] }] },
});
