import type { Theme } from "vitepress";
import DefaultTheme from "vitepress/theme-without-fonts";
import { defineAsyncComponent } from "vue";
import "./site.css";

export default {
  extends: DefaultTheme,
  enhanceApp({ app }) {
    // Only the page of the playground loads the engine.
    app.component(
      "FeaturePlayground",
      defineAsyncComponent(() => import("./playground/FeaturePlayground.vue")),
    );
  },
} satisfies Theme;
