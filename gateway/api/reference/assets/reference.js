// Shows the description of this gateway's API with Redoc. Nothing is fetched from anywhere else.
"use strict";

const place = document.getElementById("reference");
const options = {
  disableGoogleFont: true,
  expandResponses: "200,201",
  hideDownloadButton: false,
  nativeScrollbars: true,
  pathInMiddlePanel: true,
  requiredPropsFirst: true,
  schemaExpansionLevel: 1,
  sortTagsAlphabetically: false,
  theme: {
    colors: { primary: { main: "#006233" } },
    typography: {
      fontFamily: 'system-ui, "Noto Naskh Arabic", sans-serif',
      headings: { fontFamily: 'system-ui, "Noto Naskh Arabic", sans-serif' },
      code: { fontFamily: "ui-monospace, Menlo, Consolas, monospace", wrap: true },
    },
  },
};

Redoc.init("/schema/openapi.json", options, place, (error) => {
  place.removeAttribute("role");
  document.documentElement.dataset.ready = error ? "failed" : "yes";
  if (error) place.textContent = "The description of the API could not be read. Try again in a moment.";
});
